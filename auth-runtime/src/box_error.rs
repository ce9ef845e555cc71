//! The error of everything that an application implements.

/// Any error, as in tower and axum: what stores, lists and clients of an application return.
///
/// `?` makes one of every [`std::error::Error`], and `.into()` of every text. From a store it means that it can't
/// say: the request is answered 503 with `Retry-After`, never 401. The text is logged, never shown to a client.
///
/// A function that uses `?` on one returns a `BoxError` too: `?` can't make a `Box<dyn Error>` of it.
///
/// ```
/// use auth_runtime::BoxError;
///
/// fn port(text: &str) -> Result<u16, BoxError> {
///     if text.is_empty() {
///         return Err("there is no port".into());
///     }
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(port("").unwrap_err().to_string(), "there is no port");
/// assert_eq!(port("x").unwrap_err().to_string(), "invalid digit found in string");
/// assert_eq!(port("80").unwrap(), 80);
/// ```
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
