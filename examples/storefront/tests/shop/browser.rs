//! A browser: curl with a cookie jar, and with the fields that browsers send.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use example_runner::{Response, curl};

use crate::shop::Shop;

pub(crate) struct Browser {
    /// Where the shop is.
    origin: String,
    jar: PathBuf,
}

impl Browser {
    /// Without cookies.
    pub(crate) fn open(shop: &Shop) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("browser-{}-{number}", std::process::id());
        let jar = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_file(&jar);
        Self {
            origin: shop.url(""),
            jar,
        }
    }

    /// Follows a link, but no redirect.
    pub(crate) fn get(&self, path: &str) -> Response {
        self.send(path, "same-origin", &[])
    }

    /// Sends a form of a page of the shop.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send_form(path, fields, &self.origin, "same-origin")
    }

    /// Sends a form of a page of another site.
    pub(crate) fn post_from_elsewhere(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send_form(path, fields, "https://evil.example", "cross-site")
    }

    /// Logs in, and expects that it works.
    pub(crate) fn log_in(&self, (name, password): (&str, &str)) {
        let response = self.post("/login", &[("name", name), ("password", password)]);
        assert_eq!(location(&response), Some("/settings"), "{response:?}");
    }

    /// As Alice, with a password and a one-time code.
    pub(crate) fn log_in_with_code(&self, (name, password): (&str, &str), code: &str) -> Response {
        let fields = [
            ("name", name),
            ("password", password),
            ("code", code),
            ("acr_values", "urn:storefront:two-factors"),
            ("next", "/settings/keys/new"),
        ];
        self.post("/login", &fields)
    }

    /// The header field with the cookie of the session.
    pub(crate) fn cookie(&self) -> String {
        let jar = fs::read_to_string(&self.jar).unwrap();
        let line = jar.lines().find(|line| line.contains("__Host-Http-sid"));
        let value = line.and_then(|line| line.split('\t').next_back()).unwrap();
        format!("Cookie: __Host-Http-sid={value}")
    }

    fn send_form(&self, path: &str, fields: &[(&str, &str)], origin: &str, site: &str) -> Response {
        let origin = format!("Origin: {origin}");
        let fields = fields.iter().map(|(name, value)| format!("{name}={value}"));
        let fields: Vec<_> = fields.collect();
        let mut arguments = vec!["--request", "POST", "--header", &origin];
        for field in &fields {
            arguments.extend(["--data-urlencode", field]);
        }
        self.send(path, site, &arguments)
    }

    fn send(&self, path: &str, site: &str, arguments: &[&str]) -> Response {
        let url = format!("{}{path}", self.origin);
        let site = format!("Sec-Fetch-Site: {site}");
        let jar = self.jar.to_str().unwrap();
        let of_browsers = [
            &url,
            "--cookie",
            jar,
            "--cookie-jar",
            jar,
            "--header",
            "Sec-Fetch-Mode: navigate",
            "--header",
            &site,
        ];
        curl(&[&of_browsers, arguments].concat())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // There is none if no response had a cookie.
        let _ = fs::remove_file(&self.jar);
    }
}

/// Where a redirect leads to.
pub(crate) fn location(response: &Response) -> Option<&str> {
    let lines = response.head.lines();
    let mut fields = lines.filter_map(|line| line.split_once(": "));
    let (_, location) = fields.find(|(name, _)| name.eq_ignore_ascii_case("location"))?;
    (response.status == 303).then_some(location)
}
