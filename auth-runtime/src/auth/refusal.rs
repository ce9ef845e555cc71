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
pub(super) struct MadeRefusals(RwLock<HashMap<usize, Vec<MadeRefusal>, RandomState>>);

/// A refusal, with everything that it depends on except the rule.
struct MadeRefusal {
    denial: Denial,
    attempted: Option<Scheme>,
    accepted: Vec<Accepted>,
    refusal: Arc<Refusal>,
}

impl MadeRefusals {
    /// The most for one rule. The challenge of an application's kind can be another one for each request.
    const MOST: usize = 32;

    fn find(
        &self,
        rule: Option<&'static Rule>,
        denial: &Denial,
        attempted: Option<Scheme>,
        accepted: &[Accepted],
    ) -> Option<Arc<Refusal>> {
        let made = self.0.read();
        let same = made.get(&address(rule))?.iter().find(|made| {
            made.attempted == attempted && made.denial == *denial && made.accepted == accepted
        })?;
        Some(Arc::clone(&same.refusal))
    }

    fn insert(&self, rule: Option<&'static Rule>, made: MadeRefusal) {
        let mut all = self.0.write();
        let of_rule = all.entry(address(rule)).or_default();
        if of_rule.len() < Self::MOST {
            of_rule.push(made);
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
        let accepted = self.accepted_challenges(rule, request);
        let made = self.0.refusals.as_ref();
        // The time after which to retry differs.
        let made = made.filter(|_| retry_after(denial).is_none());
        if let Some(same) = made.and_then(|made| made.find(rule, denial, attempted, &accepted)) {
            return Some(same);
        }
        let rendering = self.render(denial, request)?;
        let settings = &self.0.challenge;
        let challenges = challenges(denial, attempted, accepted.clone(), rule, settings);
        let refusal = Arc::new(Refusal::new(denial, rendering, challenges));
        if let Some(made) = made {
            let refusal = Arc::clone(&refusal);
            let denial = denial.clone();
            made.insert(
                rule,
                MadeRefusal {
                    denial,
                    attempted,
                    accepted,
                    refusal,
                },
            );
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
