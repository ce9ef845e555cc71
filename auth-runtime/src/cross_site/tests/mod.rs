mod origins;
mod rules;
mod tower_http;

use http::Request;
use http::request::Parts;

use super::{CrossSiteRules, Origin};

/// The service is `https://shop.example`. `https://partner.example` is trusted.
fn rules() -> CrossSiteRules {
    CrossSiteRules {
        public_origins: vec![origin("https://shop.example")],
        ..without_public_origin()
    }
}

fn without_public_origin() -> CrossSiteRules {
    CrossSiteRules {
        public_origins: Vec::new(),
        trusted_origins: vec![origin("https://partner.example")],
    }
}

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

/// A request to `target` with these header fields.
fn request(method: &str, target: &str, lines: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

impl CrossSiteRules {
    fn refuse(&self, request: &Parts) -> bool {
        self.is_cross_site(request, |request| &request.uri)
    }
}
