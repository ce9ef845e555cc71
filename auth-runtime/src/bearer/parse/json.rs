//! JSON in which member names are unique at every depth, parsed without copying strings.
//!
//! If two members have the same name, parsers may choose either (RFC 7519 section 4), so two readers could
//! see different tokens. Such a text is refused.
//!
//! `serde_json` parses the text. Its `Value` is not used because it copies every string, and usually only
//! a few claims are read.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// A value that borrows its strings from the text, if they have no escapes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Members<'a>),
}

/// Memory for this many members is allocated before a text is parsed. Few tokens have more claims.
const USUAL_MEMBERS: usize = 16;

/// The members of an object, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Members<'a> {
    /// Parses an object. `None` if `text` is not an object.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        // Checks UTF-8 once. From bytes, serde_json checks each string.
        let text = std::str::from_utf8(text).ok()?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let visitor = JsonVisitor {
            capacity: USUAL_MEMBERS,
        };
        let json = deserializer.deserialize_any(visitor).ok()?;
        deserializer.end().ok()?;
        match json {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    // A token has about a dozen members: a linear search is faster than hashing.
    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    fn are_unique(&self) -> bool {
        let names = self.0.iter().map(|(name, _)| name);
        if self.0.len() <= 16 {
            return names.enumerate().all(|(position, name)| {
                self.0
                    .iter()
                    .take(position)
                    .all(|(earlier, _)| earlier != name)
            });
        }
        // An attacker may send thousands of members.
        let mut sorted: Vec<_> = names.collect();
        sorted.sort_unstable();
        sorted.is_sorted_by(|left, right| left < right)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor { capacity: 0 })
    }
}

/// If a crate enables `arbitrary_precision` of `serde_json`, numbers are passed to visitors as an object
/// with only this member.
const ARBITRARY_PRECISION_NUMBER: &str = "$serde_json::private::Number";

struct JsonVisitor {
    /// Memory for this many members of an object is allocated before they are parsed.
    capacity: usize,
}

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON with unique member names")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Number::from_f64(value)
            .map(Json::Number)
            .ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Json::String(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Json::String(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element()? {
            array.push(element);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut members = Members(Vec::with_capacity(self.capacity));
        // The name is read as a `Json`, because a deserialized `Cow` never borrows.
        while let Some(name) = entries.next_key()? {
            let Json::String(name) = name else {
                return Err(A::Error::custom("a member name is not a string"));
            };
            if members.0.is_empty() && name == ARBITRARY_PRECISION_NUMBER {
                let digits: String = entries.next_value()?;
                return Number::from_str(&digits)
                    .map(Json::Number)
                    .map_err(A::Error::custom);
            }
            members.0.push((name, entries.next_value()?));
        }
        if members.are_unique() {
            Ok(Json::Object(members))
        } else {
            Err(A::Error::custom("a member name occurs twice"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_json_member_is_refused_at_every_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
            // The names are equal after unescaping.
            r#"{"iss":1,"\u0069ss":2}"#,
        ] {
            assert!(Members::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_duplicate_json_member_among_thousands_is_refused() {
        let members = |last: &str| {
            let names: Vec<_> = (0..2000).map(|number| format!("\"m{number}\":0")).collect();
            format!("{{{},\"{last}\":0}}", names.join(","))
        };
        assert!(Members::parse(members("m0").as_bytes()).is_none());
        assert!(Members::parse(members("m2000").as_bytes()).is_some());
    }

    #[test]
    fn only_one_complete_json_object_is_parsed() {
        for text in [
            "[]",
            "1",
            "null",
            "\"{}\"",
            "",
            "{",
            "{}{}",
            "{} x",
            "{\"a\":1,}",
            "{'a':1}",
        ] {
            assert!(Members::parse(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Members::parse(b"{\"a\":\xff}").is_none());
        assert!(Members::parse(b"{\"a\":\"\xff\"}").is_none());
        assert!(Members::parse(b" {} ").is_some());
    }

    #[test]
    fn json_values_are_parsed_exactly() {
        let text = r#"{"s":"\u00e4","i":-1,"u":18446744073709551615,"f":1.5,"b":true,"n":null,
                       "a":[1,"x",[]],"o":{"p":{}}}"#;
        let members = Members::parse(text.as_bytes()).unwrap();
        let number = |value: i64| Json::Number(value.into());
        let text = |value| Json::String(Cow::Borrowed(value));
        assert_eq!(members.get("s"), Some(&text("ä")));
        assert_eq!(members.get("i"), Some(&number(-1)));
        assert_eq!(members.get("u"), Some(&Json::Number(u64::MAX.into())));
        assert_eq!(
            members.get("f"),
            Number::from_f64(1.5).map(Json::Number).as_ref()
        );
        assert_eq!(members.get("b"), Some(&Json::Bool(true)));
        assert_eq!(members.get("n"), Some(&Json::Null));
        let array = Json::Array(vec![number(1), text("x"), Json::Array(Vec::new())]);
        assert_eq!(members.get("a"), Some(&array));
        let empty = Json::Object(Members::default());
        let object = Json::Object(Members(vec![(Cow::Borrowed("p"), empty)]));
        assert_eq!(members.get("o"), Some(&object));
        assert_eq!(members.get("missing"), None);
    }

    #[test]
    fn a_json_number_of_arbitrary_precision_is_parsed_as_a_number() {
        // As `serde_json` passes it to a visitor if that feature is on.
        let members = Members::parse(br#"{"exp":{"$serde_json::private::Number":"17"}}"#).unwrap();
        assert_eq!(members.get("exp"), Some(&Json::Number(17.into())));
    }

    #[test]
    fn deeply_nested_json_is_refused_instead_of_overflowing_the_stack() {
        let text = format!("{{\"a\":{}{}}}", "[".repeat(4000), "]".repeat(4000));
        assert!(Members::parse(text.as_bytes()).is_none());
    }
}
