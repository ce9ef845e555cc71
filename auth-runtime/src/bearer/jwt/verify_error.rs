//! Why a token could not be verified with the current keys.

use crate::keys::{FirstSeen, Keys, KeysUnavailable};
use crate::token_fault::TokenFault;

/// Why a token could not be verified with the current keys. `F` is the fault of an invalid token.
pub(in crate::bearer) enum VerifyError<'a, F> {
    /// The token is invalid, whatever keys the issuer has.
    Faulty(F),
    /// No current key verifies the token, but the issuer may have others. The key of the token was first
    /// seen then.
    NeedsKeys {
        keys: &'a Keys,
        first_seen: FirstSeen,
    },
    /// The key that the token names did not sign it. The issuer may have replaced that key by another one
    /// with the same `kid`.
    NotSignedByNamedKey { keys: &'a Keys },
}

impl<F: From<TokenFault>> From<TokenFault> for VerifyError<'_, F> {
    fn from(fault: TokenFault) -> Self {
        Self::Faulty(fault.into())
    }
}

impl<F> VerifyError<'_, F> {
    /// The error, once no further keys are fetched.
    pub(in crate::bearer) fn without_new_keys<E>(self) -> E
    where
        E: From<F> + From<TokenFault> + From<KeysUnavailable>,
    {
        match self {
            Self::Faulty(fault) => fault.into(),
            Self::NeedsKeys { keys, first_seen } => {
                still_unknown(keys, first_seen).map_or_else(E::from, E::from)
            }
            Self::NotSignedByNamedKey { .. } => TokenFault::InvalidSignature.into(),
        }
    }
}

/// Verifies again with newly fetched keys, if that can help and a fetch is allowed now.
pub(in crate::bearer) async fn verify_with_new_keys<'a, T, F, E>(
    error: VerifyError<'a, F>,
    verify: impl Fn() -> Result<T, VerifyError<'a, F>>,
) -> Result<T, E>
where
    E: From<F> + From<TokenFault> + From<KeysUnavailable>,
{
    match error {
        VerifyError::Faulty(fault) => Err(fault.into()),
        VerifyError::NeedsKeys { keys, first_seen } => {
            let refreshed = keys.refresh().await;
            verify().map_err(|error| match error {
                VerifyError::NeedsKeys { keys, .. } => refreshed
                    .and_then(|()| still_unknown(keys, first_seen))
                    .map_or_else(E::from, E::from),
                error => error.without_new_keys(),
            })
        }
        VerifyError::NotSignedByNamedKey { keys } => {
            if !keys.look_for_replaced_key().await {
                return Err(error.without_new_keys());
            }
            verify().map_err(VerifyError::without_new_keys)
        }
    }
}

/// The fault of a token that the newest keys do not verify either.
///
/// # Errors
///
/// Fails if the issuer has no keys, or if no fetch that began after `first_seen` has succeeded: such a fetch could
/// bring the key of the token.
fn still_unknown(keys: &Keys, first_seen: FirstSeen) -> Result<TokenFault, KeysUnavailable> {
    if keys.current().is_none() {
        return Err(KeysUnavailable::new("there are no keys of the issuer"));
    }
    keys.check_fetched_since(first_seen)?;
    Ok(TokenFault::UnknownKey)
}
