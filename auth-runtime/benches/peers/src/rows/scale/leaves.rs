//! A rule with a number of leaves, of which each is satisfied. The token is the same for each number.

use auth_runtime::{Router, require_auth, routing};

use super::{ALGORITHM, Point};
use crate::application::{bearer, issuer, token};
use crate::rows::allowed::trusting;
use crate::rows::bare;

macro_rules! handler {
    ($name:ident: $($scope:literal)*) => {
        #[require_auth(all($(scope = $scope),*))]
        async fn $name() -> &'static str {
            "orders"
        }
    };
}

#[require_auth(scope = "item:00")]
async fn one() -> &'static str {
    "orders"
}

handler! { four:
    "item:00" "item:01" "item:02" "item:03"
}

handler! { sixteen:
    "item:00" "item:01" "item:02" "item:03" "item:04" "item:05" "item:06" "item:07"
    "item:08" "item:09" "item:10" "item:11" "item:12" "item:13" "item:14" "item:15"
}

handler! { sixty_four:
    "item:00" "item:01" "item:02" "item:03" "item:04" "item:05" "item:06" "item:07"
    "item:08" "item:09" "item:10" "item:11" "item:12" "item:13" "item:14" "item:15"
    "item:16" "item:17" "item:18" "item:19" "item:20" "item:21" "item:22" "item:23"
    "item:24" "item:25" "item:26" "item:27" "item:28" "item:29" "item:30" "item:31"
    "item:32" "item:33" "item:34" "item:35" "item:36" "item:37" "item:38" "item:39"
    "item:40" "item:41" "item:42" "item:43" "item:44" "item:45" "item:46" "item:47"
    "item:48" "item:49" "item:50" "item:51" "item:52" "item:53" "item:54" "item:55"
    "item:56" "item:57" "item:58" "item:59" "item:60" "item:61" "item:62" "item:63"
}

pub(super) fn warm(number: usize) -> Point {
    let issuer = issuer(ALGORITHM);
    let auth = trusting(&issuer).build().expect("a valid configuration");
    let route = match number {
        1 => routing::get(one),
        4 => routing::get(four),
        16 => routing::get(sixteen),
        64 => routing::get(sixty_four),
        other => panic!("no rule has {other} leaves"),
    };
    let guarded = Router::new().route("/", route).with_auth(auth);
    let scopes: Vec<_> = (0..64).map(|index| format!("item:{index:02}")).collect();
    let token = token(&issuer).scope(&scopes.join(" ")).sign();
    Point::new(guarded, bare::router(), move |_| bearer(&token))
}
