//! The error type of the traits that an application implements.

/// A boxed error, as in tower and axum. The stores, revocation lists and HTTP clients of an application return it.
///
/// `?` converts every [`std::error::Error`] into it, and `.into()` every string. If a store returns it, the store
/// is unavailable: the request is answered 503 with `Retry-After`, never 401. The error is logged and never shown
/// to a client.
///
/// A function that uses `?` on a `BoxError` must return a `BoxError` too, because `?` can't convert it into a
/// `Box<dyn Error>`.
///
/// ```
/// use auth_runtime::BoxError;
///
/// fn port(text: &str) -> Result<u16, BoxError> {
///     if text.is_empty() {
///         return Err("the port is missing".into());
///     }
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(port("").unwrap_err().to_string(), "the port is missing");
/// assert_eq!(port("x").unwrap_err().to_string(), "invalid digit found in string");
/// assert_eq!(port("80").unwrap(), 80);
/// ```
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
