//! PEM documents with exactly one block.

use zeroize::Zeroizing;

use super::fault::KeyProblem;

/// One decoded PEM block.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) der: Zeroizing<Vec<u8>>,
}

pub(super) fn parse(text: &[u8]) -> Result<Block, KeyProblem> {
    let mut blocks = ::pem::parse_many(text)
        .map_err(|_| broken(text))?
        .into_iter()
        .map(|block| Block {
            label: block.tag().to_owned(),
            der: Zeroizing::new(block.into_contents()),
        });
    let block = blocks.next().ok_or_else(|| {
        if has_escaped_line_breaks(text) {
            escaped_line_breaks()
        } else {
            malformed("there is no `-----BEGIN PUBLIC KEY-----` block in it")
        }
    })?;
    // Otherwise the second of two keys would be ignored silently.
    if blocks.next().is_some() {
        return Err(malformed(
            "it holds more than one PEM block; give each key its own",
        ));
    }
    Ok(block)
}

fn broken(text: &[u8]) -> KeyProblem {
    if has_escaped_line_breaks(text) {
        escaped_line_breaks()
    } else {
        malformed("the PEM armour is broken (RFC 7468)")
    }
}

/// Whether line breaks are written as a backslash and an `n`. A backslash is never valid in PEM.
fn has_escaped_line_breaks(text: &[u8]) -> bool {
    text.windows(2).any(|pair| pair == br"\n")
}

fn escaped_line_breaks() -> KeyProblem {
    malformed(
        r#"its line breaks are written as `\n`, that is, as two characters, which is common in environment variables: replace them, for example with `.replace("\\n", "\n")`"#,
    )
}

fn malformed(reason: &str) -> KeyProblem {
    KeyProblem::Malformed(reason.to_owned())
}
