//! Randomly combined routers respond like axum's, and the access map matches.

use tower::layer::util::Identity as Unlayered;

use crate::kit::panics::{Panicked, caught};
use crate::kit::{Pair, Probe, names};

/// One method call on a router.
#[derive(Clone, Debug)]
enum Step {
    Route(&'static str, Methods),
    RouteService(&'static str),
    Nest(&'static str, Vec<Step>),
    NestService(&'static str),
    Merge(Vec<Step>),
    Fallback(u8),
    FallbackService,
    OtherMethods(u8),
    Reset,
    Layer,
    RouteLayer,
    WithState,
}

#[derive(Clone, Debug)]
enum Methods {
    Get(u8),
    Post(u8),
    GetAndPost(u8, u8),
    GetService,
    GetAndFallback(u8, u8),
    Any(u8),
    AnyService,
    Merged(u8, u8),
}

/// Pseudo-random numbers, the same in each run (`SplitMix64`).
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

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn handler(&mut self) -> u8 {
        self.one_of(&[0, 1, 2, 3])
    }

    fn steps(&mut self, depth: usize) -> Vec<Step> {
        let count = 1 + self.below(5);
        (0..count).map(|_| self.step(depth)).collect()
    }

    fn step(&mut self, depth: usize) -> Step {
        let path = self.one_of(&[
            "/", "/a", "/b", "/a/b", "/a/{x}", "/{x}", "/{*x}", "/a/", "/b/{*x}",
        ]);
        let prefix = self.one_of(&["/a", "/b", "/a/", "/{n}", "/c/{n}", "/a/b"]);
        match self.below(if depth == 0 { 16 } else { 22 }) {
            0..=6 => Step::Route(path, self.methods()),
            7 => Step::RouteService(path),
            8 => Step::NestService(prefix),
            9 | 10 => Step::Fallback(self.handler()),
            11 => Step::FallbackService,
            12 => Step::OtherMethods(self.handler()),
            13 => self
                .one_of(&[Step::Reset, Step::RouteLayer].each_ref())
                .clone(),
            14 => Step::Layer,
            15 => Step::WithState,
            16..=19 => Step::Nest(prefix, self.steps(depth - 1)),
            _ => Step::Merge(self.steps(depth - 1)),
        }
    }

    fn methods(&mut self) -> Methods {
        let (one, two) = (self.handler(), self.handler());
        match self.below(10) {
            0..=2 => Methods::Get(one),
            3 => Methods::Post(one),
            4 => Methods::GetAndPost(one, two),
            5 => Methods::GetService,
            6 => Methods::GetAndFallback(one, two),
            7 => Methods::Any(one),
            8 => Methods::AnyService,
            _ => Methods::Merged(one, two),
        }
    }
}

/// The handler of a number, wherever one is taken.
macro_rules! with_handler {
    ($number:expr, $handler:ident => $call:expr) => {
        match $number {
            0 => {
                let $handler = alpha;
                $call
            }
            1 => {
                let $handler = beta;
                $call
            }
            2 => {
                let $handler = place;
                $call
            }
            _ => {
                let $handler = inner;
                $call
            }
        }
    };
}

/// Both routers, or how both panic.
fn built(
    steps: &[Step],
) -> (
    Result<axum::Router, Panicked>,
    Result<auth_runtime::Router, Panicked>,
) {
    both!({
        fn methods(methods: &Methods) -> MethodRouter {
            match *methods {
                Methods::Get(one) => with_handler!(one, handler => get(handler)),
                Methods::Post(one) => with_handler!(one, handler => post(handler)),
                Methods::GetAndPost(one, two) => {
                    let get = with_handler!(one, handler => get(handler));
                    with_handler!(two, handler => get.post(handler))
                }
                Methods::GetService => get_service(service::<names::gamma>()),
                Methods::GetAndFallback(one, two) => {
                    let get = with_handler!(one, handler => get(handler));
                    with_handler!(two, handler => get.fallback(handler))
                }
                Methods::Any(one) => with_handler!(one, handler => any(handler)),
                Methods::AnyService => any_service(service::<names::delta>()),
                Methods::Merged(one, two) => {
                    let post = with_handler!(one, handler => post(handler));
                    let fallback =
                        with_handler!(two, handler => MethodRouter::new().fallback(handler));
                    post.layer(Unlayered::new()).merge(fallback)
                }
            }
        }

        fn build(steps: &[Step]) -> Router {
            steps.iter().fold(Router::new(), |router, step| match step {
                Step::Route(path, of) => router.route(path, methods(of)),
                Step::RouteService(path) => router.route_service(path, service::<names::gamma>()),
                Step::Nest(prefix, within) => router.nest(prefix, build(within)),
                Step::NestService(prefix) => router.nest_service(prefix, service::<names::delta>()),
                Step::Merge(beside) => router.merge(build(beside)),
                Step::Fallback(one) => with_handler!(one, handler => router.fallback(handler)),
                Step::FallbackService => router.fallback_service(service::<names::epsilon>()),
                Step::OtherMethods(one) => {
                    with_handler!(one, handler => router.method_not_allowed_fallback(handler))
                }
                Step::Reset => router.reset_fallback(),
                Step::Layer => router.layer(Unlayered::new()),
                Step::RouteLayer => router.route_layer(Unlayered::new()),
                Step::WithState => router.with_state(()),
            })
        }

        caught(|| build(steps))
    })
}

/// A path that fits a pattern of the map, and some that are close to it.
fn around(pattern: &str) -> Vec<String> {
    let path = pattern
        .replace("{*}", "d/e")
        .replace("{*x}", "d/e")
        .replace("{x}", "d")
        .replace("{n}", "e");
    let path = path.trim_end_matches('/');
    ["", "/", "/none", "/none/"]
        .map(|end| format!("{path}{end}"))
        .into()
}

#[tokio::test]
async fn randomly_combined_routers_route_like_axum() {
    let (mut routers, mut panics, mut rows) = (0, 0, 0);
    for seed in 0..600 {
        let steps = Random(seed).steps(2);
        let (bare, guarded) = match built(&steps) {
            (Ok(bare), Ok(guarded)) => (bare, guarded),
            (Err(bare), Err(guarded)) => {
                // Which of several conflicts axum names depends on a hash map in axum.
                assert_eq!(guarded.place, bare.place, "{steps:#?}");
                panics += 1;
                continue;
            }
            (bare, guarded) => panic!("{bare:?}\n{guarded:?}\n{steps:#?}"),
        };
        let map = guarded.access_map();
        let patterns = map
            .routes()
            .iter()
            .map(auth_runtime::access_map::AccessRoute::path);
        let mut paths: Vec<_> = patterns
            .chain(["/", "/a/b", "/b/{x}"])
            .flat_map(around)
            .collect();
        paths.retain(|path| !path.is_empty());
        paths.sort();
        paths.dedup();
        let lines = paths
            .iter()
            .flat_map(|path| ["GET", "POST", "PURGE"].map(|method| format!("{method} {path}")));
        let mut probes: Vec<_> = lines.map(|line| Probe::from(line.as_str())).collect();
        probes.extend(["OPTIONS *", "CONNECT example.com:443"].map(Probe::from));
        let pair = Pair { bare, guarded };
        pair.compare_described(&probes, &format!("{steps:#?}"))
            .await;
        routers += 1;
        rows += map.routes().len();
    }
    // Too few of either kind would prove nothing.
    assert!(
        routers > 300 && panics > 100 && rows > 1000,
        "{routers} {panics} {rows}"
    );
}
