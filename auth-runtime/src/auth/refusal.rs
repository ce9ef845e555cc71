//! The header fields and the body of a refusal, the response to a denied request. Refusals are cached.
//!
//! A refusal depends on the denial, the rule, the kind of credential that was presented and the challenges of the
//! accepted kinds. All of them are compared before a cached refusal is used. A body that the application renders may
//! also depend on the request, so such a refusal is not cached.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
    WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};

use super::Auth;
use crate::challenge::{Accepted, challenges};
use crate::lock::RwLock;
use crate::policy::{Denial, Rule};
use crate::render::{self, Redirection, Rendering};
use crate::scheme::Scheme;

const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// What a response to a denied request contains.
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Refusal {
    pub(crate) fn new(
        denial: &Denial,
        rendering: Rendering,
        challenges: impl IntoIterator<Item = HeaderValue>,
    ) -> Self {
        let mut headers = without_reserved(rendering.headers);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after(denial) {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        for challenge in challenges {
            headers.append(WWW_AUTHENTICATE, challenge);
        }
        Self {
            status: denial.status(),
            headers,
            body: rendering.body.into(),
        }
    }

    /// A redirect of a browser in place of the refusal. It has no challenge, so that no dialog opens.
    fn redirect(rendering: Rendering, location: HeaderValue) -> Self {
        let mut headers = without_reserved(rendering.headers);
        headers.remove(CONTENT_TYPE);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(LOCATION, location);
        Self {
            status: StatusCode::SEE_OTHER,
            headers,
            body: Bytes::new(),
        }
    }
}

/// Without the fields that carry the denial or frame the body. A renderer can't set them.
pub(crate) fn without_reserved(mut headers: HeaderMap) -> HeaderMap {
    for name in [
        WWW_AUTHENTICATE,
        RETRY_AFTER,
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
    ] {
        headers.remove(name);
    }
    headers
}

/// Rounded up to at least one second, so that clients do not retry at once.
fn retry_after(denial: &Denial) -> Option<u64> {
    match denial {
        Denial::Unavailable { retry_after } | Denial::TooManyAttempts { retry_after } => {
            u64::try_from(retry_after.as_millis().div_ceil(1000).max(1)).ok()
        }
        _ => None,
    }
}

/// Whether this is a renderer of this crate that does not read the request.
pub(super) fn ignores_request<F: 'static>(_: &F) -> bool {
    fn type_of<F: 'static>(_: &F) -> TypeId {
        TypeId::of::<F>()
    }
    [
        type_of(&render::problem),
        type_of(&render::error_and_message),
        type_of(&render::plain_text),
    ]
    .contains(&TypeId::of::<F>())
}

/// Refusals that were made for earlier requests, by the address of the rule.
#[derive(Default)]
pub(super) struct RefusalCache(RwLock<ByRule>);

type ByRule = HashMap<usize, Vec<(Cause, Arc<Refusal>)>, RandomState>;

/// Everything that a refusal depends on, except the rule.
#[derive(PartialEq)]
struct Cause {
    denial: Denial,
    attempted: Option<Scheme>,
    accepted: Vec<Accepted>,
}

enum Found {
    Cached(Arc<Refusal>),
    /// Not cached, but it can be.
    Missing,
    /// Not cached, and the rule has the maximum number of refusals.
    Full,
}

impl RefusalCache {
    /// The maximum number for one rule. It is needed because the challenge of an application's kind may differ for each
    /// request.
    const MAX_PER_RULE: usize = 32;

    fn find(&self, rule: Option<&'static Rule>, cause: &Cause) -> Found {
        let all = self.0.read();
        let Some(of_rule) = all.get(&address(rule)) else {
            return Found::Missing;
        };
        match of_rule.iter().find(|(cached, _)| cached == cause) {
            Some((_, refusal)) => Found::Cached(Arc::clone(refusal)),
            None if of_rule.len() < Self::MAX_PER_RULE => Found::Missing,
            None => Found::Full,
        }
    }

    fn insert(&self, rule: Option<&'static Rule>, cause: Cause, refusal: &Arc<Refusal>) {
        let mut all = self.0.write();
        let of_rule = all.entry(address(rule)).or_default();
        // Another request may have added it, or filled the list, in the meantime.
        if of_rule.len() < Self::MAX_PER_RULE && of_rule.iter().all(|(cached, _)| *cached != cause)
        {
            of_rule.push((cause, Arc::clone(refusal)));
        }
    }
}

fn address(rule: Option<&'static Rule>) -> usize {
    rule.map_or(0, |rule| std::ptr::from_ref(rule).addr())
}

impl Auth {
    /// The refusal for this denial, with `accepted` from [`accepted_challenges`](Self::accepted_challenges). `None` if
    /// the renderer panicked. `target` returns the target of the request as it was sent.
    pub(crate) fn refusal(
        &self,
        denial: &Denial,
        attempted: Option<Scheme>,
        accepted: Vec<Accepted>,
        rule: Option<&'static Rule>,
        request: &Parts,
        target: fn(&Parts) -> &Uri,
    ) -> Option<Arc<Refusal>> {
        let make = |accepted| {
            let mut rendering = self.render(denial, request)?;
            if denial.status() == StatusCode::UNAUTHORIZED
                && let Some(log_in) = &rendering.log_in
                && let Some((by, location)) = log_in.redirection(target(request))
            {
                match by {
                    Redirection::SeeOther => {
                        return Some(Arc::new(Refusal::redirect(rendering, location)));
                    }
                    Redirection::Htmx => rendering.headers.insert(HX_REDIRECT, location),
                };
            }
            Some(self.make_refusal(rendering, denial, attempted, accepted, rule))
        };
        let cache = match &self.0.refusals {
            // `Retry-After` has a different value each time.
            Some(cache) if retry_after(denial).is_none() => cache,
            _ => return make(accepted),
        };
        let cause = Cause {
            denial: denial.clone(),
            attempted,
            accepted,
        };
        match cache.find(rule, &cause) {
            Found::Cached(refusal) => Some(refusal),
            Found::Full => make(cause.accepted),
            Found::Missing => {
                // From the same challenges that it will be found by: those of another call may differ.
                let refusal = make(cause.accepted.clone())?;
                cache.insert(rule, cause, &refusal);
                Some(refusal)
            }
        }
    }

    /// The refusal with a body that does not come from the renderer of this `Auth`.
    pub(crate) fn make_refusal(
        &self,
        rendering: Rendering,
        denial: &Denial,
        attempted: Option<Scheme>,
        accepted: Vec<Accepted>,
        rule: Option<&'static Rule>,
    ) -> Arc<Refusal> {
        let challenges = challenges(denial, attempted, accepted, rule, &self.0.challenge);
        Arc::new(Refusal::new(denial, rendering, challenges))
    }

    /// The challenge of a session that has ended, for a handler that needs one.
    #[cfg(feature = "sessions")]
    pub(crate) fn session_challenge(&self, request: &Parts) -> HeaderValue {
        let accepted = self.accepted(&[Scheme::SESSION]);
        let accepted = accepted.map(|kind| kind.accepted(request)).collect();
        let denial = &Denial::SessionExpired;
        let lines = challenges(denial, None, accepted, None, &self.0.challenge);
        let line = lines.into_iter().next();
        line.unwrap_or(HeaderValue::from_static("Cookie"))
    }

    /// The challenges of the kinds that `rule` accepts.
    pub(crate) fn accepted_challenges(
        &self,
        rule: Option<&'static Rule>,
        request: &Parts,
    ) -> Vec<Accepted> {
        let schemes = rule.map_or(&[][..], |rule| rule.schemes);
        self.accepted(schemes)
            .map(|kind| kind.accepted(request))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::authenticator::{
        AuthenticationOutcome, Authenticator, Challenge, CredentialRequest,
    };
    use crate::credential::Source;
    use crate::identity::Provides;

    const RULE: &Rule = &Rule::required("rule");

    fn cause(nonce: usize) -> Cause {
        Cause {
            denial: Denial::MissingCredentials,
            attempted: None,
            accepted: vec![Accepted {
                kind: Scheme::new("Signed"),
                challenge: Challenge::new(Scheme::new("Signed"))
                    .parameter("nonce", nonce.to_string()),
            }],
        }
    }

    fn refusal() -> Arc<Refusal> {
        Arc::new(Refusal::new(
            &Denial::MissingCredentials,
            Rendering::empty(),
            None,
        ))
    }

    #[test]
    fn a_refusal_is_reused_only_if_everything_that_it_depends_on_is_equal() {
        let cache = RefusalCache::default();
        cache.insert(None, cause(0), &refusal());
        assert!(matches!(cache.find(None, &cause(0)), Found::Cached(_)));
        let others = [
            Cause {
                denial: Denial::UnsupportedScheme,
                ..cause(0)
            },
            Cause {
                attempted: Some(Scheme::BEARER),
                ..cause(0)
            },
            cause(1),
        ];
        for other in others {
            assert!(matches!(cache.find(None, &other), Found::Missing));
        }
        assert!(matches!(cache.find(Some(RULE), &cause(0)), Found::Missing));
    }

    #[test]
    fn each_refusal_is_cached_once_and_their_number_for_a_rule_is_bounded() {
        let cache = RefusalCache::default();
        for _ in 0..100 {
            cache.insert(None, cause(0), &refusal());
        }
        assert!(matches!(cache.find(None, &cause(1)), Found::Missing));
        for nonce in 0..100 {
            cache.insert(None, cause(nonce), &refusal());
        }
        assert!(matches!(cache.find(None, &cause(0)), Found::Cached(_)));
        assert!(matches!(cache.find(None, &cause(99)), Found::Full));
        let all = cache.0.read();
        assert_eq!(
            all.values().map(Vec::len).sum::<usize>(),
            RefusalCache::MAX_PER_RULE
        );
    }

    #[test]
    fn a_renderer_of_the_application_may_read_the_request() {
        assert!(ignores_request(&render::problem));
        assert!(ignores_request(&render::plain_text));
        let closure = |denial: &Denial, request: &Parts| render::problem(denial, request);
        assert!(!ignores_request(&closure));
        let pointer: fn(&Denial, &Parts) -> Rendering = render::problem;
        assert!(!ignores_request(&pointer));
        assert!(!ignores_request(&render::for_browsers("/login")));
    }

    /// Its challenge is another one at each call.
    struct Numbered(AtomicUsize);

    impl Authenticator for Numbered {
        fn scheme(&self) -> Scheme {
            Scheme::new("Numbered")
        }

        fn sources(&self) -> Vec<Source> {
            vec![Source::authorization()]
        }

        fn provides(&self) -> Provides {
            Provides::ALL
        }

        fn authenticate<'a>(&'a self, _: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
            AuthenticationOutcome::Absent
        }

        fn challenge(&self, _: &Parts) -> Challenge {
            let number = self.0.fetch_add(1, Ordering::SeqCst);
            Challenge::new(self.scheme()).parameter("number", number.to_string())
        }
    }

    fn target(request: &Parts) -> &Uri {
        &request.uri
    }

    #[test]
    fn a_refusal_reads_the_challenge_once_and_is_cached_under_it() {
        let numbered = Numbered(AtomicUsize::new(0));
        let auth = Auth::builder().authenticator(numbered).build().unwrap();
        let (request, ()) = http::Request::new(()).into_parts();
        let number = || {
            let accepted = auth.accepted_challenges(None, &request);
            let denial = Denial::MissingCredentials;
            let refusal = auth.refusal(&denial, None, accepted, None, &request, target);
            let line = refusal.unwrap().headers[WWW_AUTHENTICATE].clone();
            let line = line.to_str().unwrap().to_owned();
            let (_, number) = line.rsplit_once("number=").unwrap();
            number.trim_matches('"').parse::<usize>().unwrap()
        };
        let first = number();
        assert_eq!([number(), number()], [first + 1, first + 2]);

        let cache = auth.0.refusals.as_ref().unwrap().0.read();
        for (cause, refusal) in cache.values().flatten() {
            let challenge = &cause.accepted[0].challenge;
            let line = refusal.headers[WWW_AUTHENTICATE].to_str().unwrap();
            let (name, value) = &challenge.parameters[0];
            assert!(line.ends_with(&format!("{name}=\"{value}\"")), "{line}");
        }
    }
}
