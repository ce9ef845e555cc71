//! Decides on a caller outside of a request.

use axum::http::Request;

use super::caller::{decide_without_checks, log_failure};
use super::denial_context::{DenialContext, Requester};
use super::observe::{self, LoggedReason};
use super::response::would_be_status;
use crate::auth::Auth;
use crate::identity::Identity;
use crate::policy::{Access, Denial, PolicyWithoutChecks, Rule};

impl Auth {
    /// Decides whether a caller satisfies the policy `P`, outside of a request: for a message of a WebSocket, an
    /// operation of a GraphQL subscription, a job of a queue. The decision, its event and its counter are those of a
    /// guard.
    ///
    /// The identity is from [`authenticate_token`](Self::authenticate_token), or from the extractor [`Identity`] of the
    /// request that opened the connection. Call it for each message, because the credential may have expired or been
    /// revoked since:
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::time::SystemTime;
    ///
    /// use auth_runtime::denial::TokenFault;
    /// use auth_runtime::revocation::{MemoryRevocation, Revoked};
    /// use auth_runtime::{Auth, Denial, Identity, policy, testing::Issuer};
    ///
    /// #[policy(any(scope = "refunds", role = "support"))]
    /// struct CanRefund;
    ///
    /// struct Job {
    ///     token: String,
    ///     orders: Vec<u64>,
    /// }
    ///
    /// fn refund(order: u64, caller: &Identity, auth: &Auth) -> Result<String, Denial> {
    ///     auth.authorize::<CanRefund>(caller)?;
    ///     Ok(format!("{} refunded order {order}", caller.subject()))
    /// }
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder().bearer(issuer.jwt()).revocation(MemoryRevocation::new()).build()?;
    ///
    /// let job = Job { token: issuer.token("alice").scope("refunds").sign(), orders: vec![7, 8] };
    /// let alice = auth.authenticate_token(&job.token).await?;
    /// assert_eq!(refund(job.orders[0], &alice, &auth).as_deref(), Ok("alice refunded order 7"));
    ///
    /// auth.revoke(Revoked::subject("https://issuer.example", "alice", SystemTime::now())).await?;
    /// let refused = refund(job.orders[1], &alice, &auth);
    /// assert_eq!(refused, Err(Denial::InvalidToken(TokenFault::Revoked))); // 401 on a route
    ///
    /// let bob = auth.authenticate_token(&issuer.token("bob").role("intern").sign()).await?;
    /// let refused = refund(job.orders[1], &bob, &auth).unwrap_err();
    /// assert_eq!(refused.status(), 403);
    /// # Ok::<(), auth_runtime::BoxError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// The first denial that applies, in the order of the table. The denials are those of a route, where the [`Denial`]
    /// is in the extensions of the response: [`verbose_errors`](crate::AuthBuilder::verbose_errors) and
    /// [`challenge_scope`](crate::AuthBuilder::challenge_scope) apply to them. `hide` does not change them.
    ///
    /// | denial | if |
    /// |---|---|
    /// | [`InvalidCredentials`](Denial::InvalidCredentials) | the identity is not from this `Auth` or a clone of it, for example from [`testing::Token::identity`](crate::testing::Token::identity). This is logged as an error |
    /// | [`UnsupportedScheme`](Denial::UnsupportedScheme) | the policy has a `scheme`, and the caller presented another kind of credential |
    /// | [`Failed`](Denial::Failed) | the [`clock`](crate::AuthBuilder::clock) or the list of revoked tokens panicked |
    /// | [`InvalidToken`](Denial::InvalidToken) | the token has expired since, with the leeway of its issuer, or was revoked since |
    /// | [`InvalidCredentials`](Denial::InvalidCredentials) | a credential of another kind has expired, or was revoked since: by its identifier, its session or its [issue time](crate::identity::IdentityBuilder::issued_at). If the kind does not say when its credentials are issued, by its issuer or subject after the credential was verified. A cached API key was verified when it was last looked up |
    /// | [`Unavailable`](Denial::Unavailable) | the list of revoked tokens is unavailable |
    /// | [`InsufficientUserAuthentication`](Denial::InsufficientUserAuthentication), [`InsufficientScope`](Denial::InsufficientScope), [`Forbidden`](Denial::Forbidden) | the caller does not satisfy the rule |
    ///
    /// If there is a list of revoked tokens, an identity that is older than its
    /// [retention period](crate::revocation::Revocation::retention) counts as revoked: by its issue time, or
    /// if the kind does not say that, by the time of the verification.
    ///
    /// `authorize` makes no request and no look-up. So it does not notice that a single API key was
    /// [revoked](crate::ApiKeys::revoke), a password was changed, an opaque token became inactive, or a key of the
    /// issuer was removed. Limit the age of a connection, and authenticate the caller again after that time.
    ///
    /// [`report_only`](crate::AuthBuilder::report_only) has no effect, because there is no request whose address could
    /// be checked. Your code decides what to do with the denial.
    ///
    /// # Policies
    ///
    /// The policy must require authentication and must not have a `check`, which takes the extractors of a handler.
    /// Others do not compile:
    ///
    /// ```compile_fail,E0277
    /// # use auth_runtime::{Auth, Identity, check, policy};
    /// #[check]
    /// fn is_open() -> bool {
    ///     true
    /// }
    ///
    /// #[policy(check = is_open)]
    /// struct DuringOpeningHours;
    ///
    /// # fn decide(auth: &Auth, caller: &Identity) {
    /// let _ = auth.authorize::<DuringOpeningHours>(caller);
    /// # }
    /// ```
    ///
    /// ```compile_fail,E0080
    /// # use auth_runtime::{Auth, Identity, optional_auth};
    /// #[optional_auth]
    /// async fn home() {}
    ///
    /// # fn decide(auth: &Auth, caller: &Identity) {
    /// let _ = auth.authorize::<__home_policy>(caller);
    /// # }
    /// # let pointer: fn(&Auth, &Identity) = decide;
    /// # println!("{pointer:?}");
    /// ```
    pub fn authorize<P: PolicyWithoutChecks>(&self, identity: &Identity) -> Result<(), Denial> {
        const {
            assert!(
                matches!(P::RULE.access, Access::Required),
                "`Auth::authorize` takes only a policy that requires authentication: declare one with `#[policy(..)]`"
            );
        }
        authorize(self, P::RULE, identity)
    }
}

fn authorize(auth: &Auth, rule: &'static Rule, identity: &Identity) -> Result<(), Denial> {
    let decision = auth
        .validate(identity, rule.schemes)
        .map_err(|failure| log_failure(failure, Some(rule), Requester::Guard))
        .and_then(|identity| decide_without_checks(auth, Some(rule), Some(identity)));
    let Err(denied) = decision else {
        observe::allowed(rule, Some(identity));
        return Ok(());
    };
    let context = DenialContext {
        rule: Some(rule),
        by: Requester::Guard,
        identity: Some(identity),
        missing_claim: None,
    };
    // Challenges may depend on the request.
    let (no_request, ()) = Request::new(()).into_parts();
    let status = would_be_status(&denied, &context, auth, &no_request);
    let reason = LoggedReason::Denial(&denied.denial, auth);
    observe::denied(&context, denied.attempted, &reason, status, None);
    let disclosed = auth.redacted(&denied, &[], &no_request);
    Err(disclosed.unwrap_or(denied.denial))
}
