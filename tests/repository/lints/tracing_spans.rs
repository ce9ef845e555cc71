//! `#[instrument]` below `#[require_auth]` records only the handler's own arguments.

use std::sync::{Arc, Mutex, PoisonError};

use auth_runtime::{Auth, Identity, require_auth, testing::Issuer};
use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{Request, StatusCode},
    routing::get,
};
use tower::ServiceExt as _;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Shows an order.
#[require_auth(check("owns it") = |caller: Identity, Path(owner): Path<String>| caller.subject() == owner)]
#[tracing::instrument]
pub async fn show(Path(owner): Path<String>) -> String {
    owner
}

/// Every span with its fields.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    /// Writes one line down.
    fn write(&self, line: String) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with(module_path!())
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields(attributes.metadata().name().to_owned());
        attributes.record(&mut fields);
        self.write(fields.0);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        self.write(fields.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Fields as text.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        use std::fmt::Write as _;
        _ = write!(self.0, " {}={value:?}", field.name());
    }
}

#[tokio::test]
async fn the_tracing_span_of_a_handler_records_only_its_own_arguments() {
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(recorder.clone());

    let issuer = Issuer::new("https://issuer.example", "https://api.example");
    let auth = Auth::builder()
        .bearer(issuer.jwt())
        .build()
        .expect("a valid configuration");
    let token = issuer.token("alice").sign();
    let request = Request::get("/orders/alice")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .expect("a request");
    let response = Router::new()
        .route("/orders/{owner}", get(show))
        .layer(auth.layer())
        .oneshot(request)
        .await
        .expect("a router always answers");
    assert_eq!(response.status(), StatusCode::OK);
    drop(guard);

    let spans = recorder.0.lock().expect("no test has failed").clone();
    assert_eq!(spans, [r#"show owner="alice""#]);
}
