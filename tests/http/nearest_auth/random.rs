//! Random applications of nested `Auth`s, layers, fallbacks and middleware that forwards requests,
//! compared with a model in which the nearest `Auth` decides.

use std::convert::Infallible;

use auth_runtime::testing::Issuer;
use auth_runtime::{
    Auth, AuthRejection, Guard, Identity, Router, allow_anonymous, policy, routing,
};
use auth_tests::application::{AUDIENCE, build};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::read;

/// How many applications a run makes; `NEAREST_AUTH_APPLICATIONS` sets another number.
const APPLICATIONS: usize = 400;
const AUTHS: usize = 3;

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end).unwrap()).unwrap()
    }
}

/// An application that answers `GET /x`.
#[derive(Debug)]
struct App {
    router: Kind,
    /// Whether middleware around everything asks for the caller.
    looks: bool,
    inside: Inside,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// axum's own router, with or without a layer around everything.
    Axum(Option<usize>),
    /// A router of this crate that is finished with an `Auth`, its routes perhaps bound to another.
    Ours { auth: usize, bound: Option<usize> },
}

#[derive(Debug)]
enum Inside {
    /// A guarded handler; in a stack of layers there may be another `Auth` around it.
    Handler(Option<usize>),
    /// An `Identity` and no guard.
    Extractor,
    /// The request is forwarded to another application.
    Forwarded(Way, Box<App>),
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Route,
    Guarded,
    Public,
    Fallback,
    FallbackService,
    OtherMethods,
    Nested,
    NestedService,
    Merged,
    AroundHandler,
    AroundRoute,
    Task,
}

const WAYS: [Way; 12] = [
    Way::Route,
    Way::Guarded,
    Way::Public,
    Way::Fallback,
    Way::FallbackService,
    Way::OtherMethods,
    Way::Nested,
    Way::NestedService,
    Way::Merged,
    Way::AroundHandler,
    Way::AroundRoute,
    Way::Task,
];

impl Random {
    fn auth(&mut self) -> usize {
        self.below(AUTHS)
    }

    fn maybe_auth(&mut self) -> Option<usize> {
        (self.below(2) == 0).then(|| self.auth())
    }

    fn app(&mut self, depth: usize) -> App {
        let router = match self.below(2) {
            0 => Kind::Axum(self.maybe_auth()),
            _ => Kind::Ours {
                auth: self.auth(),
                bound: self.maybe_auth(),
            },
        };
        let inside = match self.below(if depth == 0 { 2 } else { 8 }) {
            0 => Inside::Handler(self.maybe_auth()),
            1 => Inside::Extractor,
            _ => {
                let way = WAYS[self.below(WAYS.len())];
                Inside::Forwarded(way, Box::new(self.app(depth - 1)))
            }
        };
        App {
            router,
            looks: self.below(3) == 0,
            inside,
        }
    }
}

/// The `Auth`s that check a request on its way through `app`, in order. `None` answers 500.
fn judges(app: &App, outside: Option<usize>, judges: &mut Vec<Option<usize>>) {
    let nearest = match app.router {
        Kind::Axum(layer) => layer.or(outside),
        Kind::Ours { auth, bound } => Some(bound.unwrap_or(auth)),
    };
    match &app.inside {
        Inside::Handler(stack) => judges.push(stack.or(nearest)),
        Inside::Extractor => judges.push(nearest),
        Inside::Forwarded(way, app) => {
            if matches!(way, Way::Guarded) {
                judges.push(nearest);
            }
            self::judges(app, nearest, judges);
        }
    }
}

struct World {
    auths: Vec<Auth>,
    tokens: Vec<String>,
}

#[policy(scope = "read")]
struct CanRead;

async fn extractor(caller: Identity) -> String {
    caller.subject().to_owned()
}

async fn looks(
    _: Result<Option<Identity>, AuthRejection>,
    request: Request,
    next: Next,
) -> Response {
    next.run(request).await
}

/// The handler behind middleware that forwards all requests and never calls it.
#[allow_anonymous(reason = "is never called")]
async fn never() -> StatusCode {
    StatusCode::IM_A_TEAPOT
}

async fn forward(app: axum::Router, mut request: Request) -> Response {
    *request.uri_mut() = Uri::from_static("/x");
    app.oneshot(request).await.unwrap()
}

/// The same application at every path, because nesting shortens the path.
fn everywhere(app: axum::Router) -> axum::Router {
    axum::Router::new().fallback(move |request: Request| forward(app, request))
}

macro_rules! forwards {
    ($app:expr) => {{
        let app: axum::Router = $app;
        move |request: Request| forward(app, request)
    }};
}

macro_rules! middleware {
    ($app:expr) => {{
        let app: axum::Router = $app;
        from_fn(move |request: Request, _: Next| forward(app.clone(), request))
    }};
}

macro_rules! service {
    ($app:expr) => {{
        let app: axum::Router = $app;
        service_fn(move |request: Request| {
            let app = app.clone();
            async move { Ok::<_, Infallible>(forward(app, request).await) }
        })
    }};
}

impl World {
    fn new() -> Self {
        let (auths, tokens) = (0..AUTHS)
            .map(|number| {
                let issuer = Issuer::new(format!("https://{number}.example"), AUDIENCE);
                let realm = number.to_string();
                let auth = build(Auth::builder().bearer(issuer.jwt()).realm(&realm));
                (auth, issuer.token(&realm).scope("read").sign())
            })
            .unzip();
        Self { auths, tokens }
    }

    fn build(&self, app: &App) -> axum::Router {
        match app.router {
            Kind::Axum(layer) => {
                let mut router = self.of_axum(&app.inside);
                if app.looks {
                    router = router.layer(from_fn(looks));
                }
                match layer {
                    Some(auth) => router.layer(self.auths[auth].layer()),
                    None => router,
                }
            }
            Kind::Ours { auth, bound } => {
                let mut router = self.of_ours(&app.inside);
                if app.looks {
                    router = router.layer(from_fn(looks));
                }
                if let Some(bound) = bound {
                    router = router.bind(self.auths[bound].clone());
                }
                router.with_auth(self.auths[auth].clone())
            }
        }
    }

    fn of_ours(&self, inside: &Inside) -> Router {
        let why = "a test";
        match inside {
            Inside::Handler(None) => Router::new().route("/x", routing::get(read)),
            Inside::Handler(Some(auth)) => {
                let stack = ServiceBuilder::new().layer(self.auths[*auth].layer());
                Router::new().route("/x", routing::get(read.layer(stack)))
            }
            Inside::Extractor => {
                Router::new().route_unguarded("/x", axum::routing::get(extractor), why)
            }
            Inside::Forwarded(way, app) => {
                let app = self.build(app);
                let routes = Router::new();
                match way {
                    Way::Route => {
                        routes.route_unguarded("/x", axum::routing::get(forwards!(app)), why)
                    }
                    Way::Guarded => routes.route(
                        "/x",
                        routing::get(move |_: Guard<CanRead>, request: Request| {
                            forward(app, request)
                        }),
                    ),
                    Way::Public => routes.route("/x", routing::any(never).layer(middleware!(app))),
                    Way::Fallback => routes.fallback_unguarded(forwards!(app), why),
                    Way::FallbackService => routes.fallback_service_unguarded(service!(app), why),
                    Way::OtherMethods => routes
                        .route("/x", routing::put(never))
                        .method_not_allowed_fallback_unguarded(forwards!(app), why),
                    Way::Nested => routes.nest_unguarded("/x", everywhere(app), why),
                    Way::NestedService => routes.nest_service_unguarded("/x", service!(app), why),
                    Way::Merged => {
                        let app =
                            axum::Router::new().route("/x", axum::routing::get(forwards!(app)));
                        routes.merge_unguarded(app, why)
                    }
                    Way::AroundHandler => {
                        routes.route("/x", routing::get(read.layer(middleware!(app))))
                    }
                    Way::AroundRoute => routes
                        .route("/x", routing::get(read))
                        .route_layer(middleware!(app)),
                    Way::Task => routes.route_unguarded(
                        "/x",
                        axum::routing::get(|request: Request| async {
                            tokio::spawn(forward(app, request)).await.unwrap()
                        }),
                        why,
                    ),
                }
            }
        }
    }

    fn of_axum(&self, inside: &Inside) -> axum::Router {
        use axum::routing::{any, get, put};
        match inside {
            Inside::Handler(None) => axum::Router::new().route("/x", get(read)),
            Inside::Handler(Some(auth)) => {
                let stack = ServiceBuilder::new().layer(self.auths[*auth].layer());
                axum::Router::new().route("/x", get(read.layer(stack)))
            }
            Inside::Extractor => axum::Router::new().route("/x", get(extractor)),
            Inside::Forwarded(way, app) => {
                let app = self.build(app);
                let routes = axum::Router::new();
                match way {
                    Way::Route | Way::Task => routes.route("/x", get(forwards!(app))),
                    Way::Guarded => routes.route(
                        "/x",
                        get(move |_: Guard<CanRead>, request: Request| forward(app, request)),
                    ),
                    Way::Public => routes.route("/x", any(never).layer(middleware!(app))),
                    Way::Fallback => routes.fallback(forwards!(app)),
                    Way::FallbackService => routes.fallback_service(service!(app)),
                    Way::OtherMethods => routes
                        .route("/x", put(never))
                        .method_not_allowed_fallback(forwards!(app)),
                    Way::Nested => routes.nest("/x", everywhere(app)),
                    Way::NestedService => routes.nest_service("/x", service!(app)),
                    Way::Merged => {
                        routes.merge(axum::Router::new().route("/x", get(forwards!(app))))
                    }
                    Way::AroundHandler => routes.route("/x", get(read.layer(middleware!(app)))),
                    Way::AroundRoute => routes.route("/x", get(read)).route_layer(middleware!(app)),
                }
            }
        }
    }

    /// What comes back for the token of one `Auth`, or for none: the status, and the realm that
    /// refused or the caller that was let in.
    async fn ask(&self, app: &axum::Router, token: Option<usize>) -> (u16, String) {
        let mut request = Request::get("/x");
        if let Some(token) = token {
            let value = format!("Bearer {}", self.tokens[token]);
            request = request.header(AUTHORIZATION, value);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let challenge = answer.headers().get(WWW_AUTHENTICATE).cloned();
        let body = to_bytes(answer.into_body(), 1000).await.unwrap();
        let text = match challenge {
            Some(challenge) => {
                let challenge = challenge.to_str().unwrap();
                challenge.split('"').nth(1).unwrap().to_owned()
            }
            None if status == 200 => String::from_utf8(body.to_vec()).unwrap(),
            None => String::new(),
        };
        (status, text)
    }
}

fn expected(judges: &[Option<usize>], token: Option<usize>) -> (u16, String) {
    for judge in judges {
        match judge {
            None => return (500, String::new()),
            Some(judge) if token != Some(*judge) => return (401, judge.to_string()),
            Some(_) => {}
        }
    }
    (200, token.unwrap().to_string())
}

#[tokio::test]
async fn the_nearest_auth_decides_in_random_applications() {
    let world = World::new();
    let count = std::env::var("NEAREST_AUTH_APPLICATIONS")
        .map_or(APPLICATIONS, |count| count.parse().expect("a number"));
    let mut answers = [0_u32; 3];
    for seed in 0..count {
        let plan = Random(u64::try_from(seed).unwrap()).app(4);
        let app = world.build(&plan);
        let mut judges = Vec::new();
        self::judges(&plan, None, &mut judges);
        for token in [None, Some(0), Some(1), Some(2)] {
            let answer = world.ask(&app, token).await;
            let kind = match answer.0 {
                200 => 0,
                401 => 1,
                _ => 2,
            };
            answers[kind] += 1;
            assert_eq!(
                answer,
                expected(&judges, token),
                "seed {seed}, token {token:?}: {plan:#?}"
            );
        }
    }
    // All three kinds of answers must occur often, or the test proves little.
    assert!(answers.iter().all(|count| *count > 50), "{answers:?}");
}
