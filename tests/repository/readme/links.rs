//! Links between the documents of the repository.

use std::fs;
use std::path::Path;

const DOCUMENTS: [&str; 4] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
];

/// The pages of the guide, as docs.rs will have them.
const GUIDE: &str = "https://docs.rs/auth-runtime/latest/auth_runtime/guide";

fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link)
}

#[test]
fn links_in_the_documents_lead_to_files_and_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let guide = root.join("auth-runtime/src/guide");
    let mut checked = 0;
    for document in DOCUMENTS {
        let text = fs::read_to_string(root.join(document)).unwrap();
        for link in links(&text) {
            let found = if let Some(page) = link.strip_prefix(GUIDE) {
                let page = page.trim_start_matches('/');
                ["", ".md", "/mod.rs"]
                    .iter()
                    .any(|end| guide.join(format!("{page}{end}")).exists())
            } else if link.contains("://") || link.starts_with('#') {
                continue;
            } else {
                root.join(link.split('#').next().unwrap()).exists()
            };
            assert!(found, "{document} links to `{link}`, which does not exist");
            checked += 1;
        }
    }
    assert!(checked > 15, "only {checked} links");
}
