//! Times on pages. The server does not know the caller's time zone, so they are in UTC.

use std::time::SystemTime;

use humantime::format_rfc3339_seconds;
use maud::{Markup, html};

pub(super) fn date(time: SystemTime) -> Markup {
    // `2026-12-24T18:00:00Z`
    let machine = format_rfc3339_seconds(time).to_string();
    let (day, time) = machine.split_once('T').unwrap_or((&machine, ""));
    let minute = time.get(..5).unwrap_or_default();
    html! { time datetime=(machine) { (day) " " (minute) " UTC" } }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_date_is_shown_to_the_minute() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_135_259);
        assert_eq!(
            date(time).into_string(),
            r#"<time datetime="2026-12-24T18:00:59Z">2026-12-24 18:00 UTC</time>"#
        );
    }
}
