//! The header fields and the body of a refusal, made once for refusals that are the same.
//!
//! A refusal depends on the denial, the rule, the kind of credential that was presented and the challenges of the
//! accepted kinds. All of them are compared before a refusal is used again. If the body is rendered by the application,
//! it may also depend on the request, so such refusals are made anew.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, RETRY_AFTER, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::Auth;
use crate::challenge::{Accepted, challenges};
use crate::lock::RwLock;
use crate::policy::{Denial, Rule};
use crate::render::{self, Rendering};
use crate::scheme::Scheme;

/// What a response to a denied request contains, apart from its status.
pub(crate) struct Refusal {
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
            headers,
            body: rendering.body.into(),
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

/// The refusals of an `Auth` that were made before, by the address of the rule.
#[derive(Default)]
pub(super) struct MadeRefusals(RwLock<ByRule>);

type ByRule = HashMap<usize, Vec<(Cause, Arc<Refusal>)>, RandomState>;

/// Everything that a refusal depends on except the rule.
#[derive(PartialEq)]
struct Cause {
    denial: Denial,
    attempted: Option<Scheme>,
    accepted: Vec<Accepted>,
}

enum Found {
    Made(Arc<Refusal>),
    /// There is none, and one can be added.
    None,
    /// There is none, and the rule has enough.
    Full,
}

impl MadeRefusals {
    /// The most for one rule. The challenge of an application's kind can be another one for each request.
    const MOST: usize = 32;

    fn find(&self, rule: Option<&'static Rule>, cause: &Cause) -> Found {
        let all = self.0.read();
        let Some(of_rule) = all.get(&address(rule)) else {
            return Found::None;
        };
        match of_rule.iter().find(|(made, _)| made == cause) {
            Some((_, refusal)) => Found::Made(Arc::clone(refusal)),
            None if of_rule.len() < Self::MOST => Found::None,
            None => Found::Full,
        }
    }

    fn insert(&self, rule: Option<&'static Rule>, cause: Cause, refusal: &Arc<Refusal>) {
        let mut all = self.0.write();
        let of_rule = all.entry(address(rule)).or_default();
        // Another request may have added it, or filled the list, in the meantime.
        if of_rule.len() < Self::MOST && of_rule.iter().all(|(made, _)| *made != cause) {
            of_rule.push((cause, Arc::clone(refusal)));
        }
    }
}

fn address(rule: Option<&'static Rule>) -> usize {
    rule.map_or(0, |rule| std::ptr::from_ref(rule).addr())
}

impl Auth {
    /// The refusal for this denial. `None` if the renderer panicked.
    pub(crate) fn refusal(
        &self,
        denial: &Denial,
        attempted: Option<Scheme>,
        rule: Option<&'static Rule>,
        request: &Parts,
    ) -> Option<Arc<Refusal>> {
        let made = match &self.0.refusals {
            // The time after which to retry differs.
            Some(made) if retry_after(denial).is_none() => made,
            _ => {
                let rendering = self.render(denial, request)?;
                return Some(self.refusal_with(rendering, denial, attempted, rule, request));
            }
        };
        let cause = Cause {
            denial: denial.clone(),
            attempted,
            accepted: self.accepted_challenges(rule, request),
        };
        let found = made.find(rule, &cause);
        if let Found::Made(refusal) = found {
            return Some(refusal);
        }
        let rendering = self.render(denial, request)?;
        let refusal = self.refusal_with(rendering, denial, attempted, rule, request);
        if matches!(found, Found::None) {
            made.insert(rule, cause, &refusal);
        }
        Some(refusal)
    }

    /// The refusal with a body that does not come from the renderer of this `Auth`.
    pub(crate) fn refusal_with(
        &self,
        rendering: Rendering,
        denial: &Denial,
        attempted: Option<Scheme>,
        rule: Option<&'static Rule>,
        request: &Parts,
    ) -> Arc<Refusal> {
        let accepted = self.accepted_challenges(rule, request);
        let challenges = challenges(denial, attempted, accepted, rule, &self.0.challenge);
        Arc::new(Refusal::new(denial, rendering, challenges))
    }

    fn accepted_challenges(&self, rule: Option<&'static Rule>, request: &Parts) -> Vec<Accepted> {
        let schemes = rule.map_or(&[][..], |rule| rule.schemes);
        self.accepted(schemes)
            .map(|kind| kind.accepted(request))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authenticator::Challenge;

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
    fn a_made_refusal_is_found_by_everything_that_it_depends_on() {
        let made = MadeRefusals::default();
        made.insert(None, cause(0), &refusal());
        assert!(matches!(made.find(None, &cause(0)), Found::Made(_)));
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
            assert!(matches!(made.find(None, &other), Found::None));
        }
        assert!(matches!(made.find(Some(RULE), &cause(0)), Found::None));
    }

    #[test]
    fn a_bounded_number_of_refusals_is_kept_for_a_rule_and_each_once() {
        let made = MadeRefusals::default();
        for _ in 0..100 {
            made.insert(None, cause(0), &refusal());
        }
        assert!(matches!(made.find(None, &cause(1)), Found::None));
        for nonce in 0..100 {
            made.insert(None, cause(nonce), &refusal());
        }
        assert!(matches!(made.find(None, &cause(0)), Found::Made(_)));
        assert!(matches!(made.find(None, &cause(99)), Found::Full));
        let all = made.0.read();
        assert_eq!(
            all.values().map(Vec::len).sum::<usize>(),
            MadeRefusals::MOST
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
    }
}
