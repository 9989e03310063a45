//! JSON text to a [`Json`] tree and back. Numbers keep their digits, a key twice in one object is
//! a fault, depth is limited, strings are cleaned of controls. It must never lose a digit.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::ingest::open::clean;
use crate::ingest::record::{Fault, Json};

/// Objects and lists inside each other.
const DEPTH_MAX: usize = 128;

/// The members of an object with their values as text, in file order.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    members.push((clean(&key).into_owned(), value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

impl Members<'_> {
    /// Whether a key stands twice.
    pub(super) fn has_duplicate(&self) -> bool {
        let mut keys: Vec<&str> = self.0.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        keys.windows(2).any(|pair| pair.first() == pair.last())
    }
}

/// The tree of one JSON value.
pub(super) fn tree(text: &str) -> Result<Json, Fault> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|_| Fault::BadJson)?;
    convert(raw, &[], DEPTH_MAX)
}

/// The tree of a value that is known to be JSON, with what lies at the path replaced by an empty
/// list: the document around its records.
pub(super) fn tree_without(raw: &RawValue, path: &[String]) -> Result<Json, Fault> {
    if path.is_empty() {
        return Ok(Json::List(Vec::new()));
    }
    convert(raw, path, DEPTH_MAX)
}

fn convert(raw: &RawValue, without: &[String], depth: usize) -> Result<Json, Fault> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth == 0 => Err(Fault::BadJson),
        Some(b'{') => {
            let members: Members<'_> = serde_json::from_str(text).map_err(|_| Fault::BadJson)?;
            if members.has_duplicate() {
                return Err(Fault::DuplicateJsonKey);
            }
            let member = |(key, value): (String, &RawValue)| {
                let value = match without.split_first() {
                    Some((step, [])) if *step == key || step == "*" => Json::List(Vec::new()),
                    Some((step, rest)) if *step == key || step == "*" => {
                        convert(value, rest, depth - 1)?
                    }
                    Some(_) | None => convert(value, &[], depth - 1)?,
                };
                Ok((key, value))
            };
            members.0.into_iter().map(member).collect::<Result<_, _>>().map(Json::Object)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| Fault::BadJson)?;
            let items = items.into_iter().map(|item| convert(item, without, depth - 1));
            items.collect::<Result<_, _>>().map(Json::List)
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(text).map_err(|_| Fault::BadJson)?;
            Ok(Json::Text(clean(&text).replace('\r', "")))
        }
        Some(b't') => Ok(Json::Bool(true)),
        Some(b'f') => Ok(Json::Bool(false)),
        Some(b'n') => Ok(Json::Null),
        Some(_) | None => Ok(Json::Number(text.to_owned())),
    }
}

/// Compact JSON, members in their order.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(digits) => f.write_str(digits),
            Json::Text(text) => quoted(f, text),
            Json::List(items) => {
                f.write_str("[")?;
                for (n, item) in items.iter().enumerate() {
                    if n > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Json::Object(members) => {
                f.write_str("{")?;
                for (n, (key, value)) in members.iter().enumerate() {
                    if n > 0 {
                        f.write_str(",")?;
                    }
                    quoted(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Appends a text as a JSON string.
pub(super) fn push_quoted(text: &str, out: &mut String) {
    let _ = quoted(out, text);
}

fn quoted(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        out.write_char('"')?;
        out.write_str(text)?;
        return out.write_char('"');
    }
    out.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}
