//! A value read from a user's file that still knows where it stood.

use super::ByteSpan;

/// A value with its place in the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value itself.
    pub kind: NodeKind,
    /// Where it stands, in bytes of the source text.
    pub span: ByteSpan,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys with their values, in the order of the file; keys are unique.
    Map(Vec<(String, ByteSpan, Node)>),
}

impl Node {
    /// The value under `key`, where this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, ..)| name == key).map(|(.., value)| value)
    }

    /// Keys with their places and values; none where this is not a mapping.
    pub fn entries(&self) -> &[(String, ByteSpan, Node)] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text, where this is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Shows itself and every value below it to `look`, in the order of the file.
    pub fn visit<'n>(&'n self, look: &mut impl FnMut(&'n Node)) {
        look(self);
        match &self.kind {
            NodeKind::List(items) => items.iter().for_each(|item| item.visit(look)),
            NodeKind::Map(entries) => entries.iter().for_each(|(.., value)| value.visit(look)),
            _ => {}
        }
    }

    /// It without the values, keys and items that stand at one of `spans`.
    #[must_use]
    pub fn without(&self, spans: &[ByteSpan]) -> Node {
        let kind = match &self.kind {
            NodeKind::List(items) => {
                let sound = items.iter().filter(|item| !spans.contains(&item.span));
                NodeKind::List(sound.map(|item| item.without(spans)).collect())
            }
            NodeKind::Map(entries) => {
                let sound =
                    entries.iter().filter(|(_, key, value)| !spans.contains(key) && !spans.contains(&value.span));
                let sound = sound.map(|(name, key, value)| (name.clone(), key.clone(), value.without(spans)));
                NodeKind::Map(sound.collect())
            }
            kind => kind.clone(),
        };
        Node { kind, span: self.span.clone() }
    }

    /// What it is, for messages: `text`, `a number` ..
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Bool(_) => "true or false",
            NodeKind::Number(_) => "a number",
            NodeKind::Text(_) => "text",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a mapping",
        }
    }
}

/// A value made by the program itself; its places are empty.
impl From<serde_json::Value> for Node {
    fn from(value: serde_json::Value) -> Self {
        let kind = match value {
            serde_json::Value::Null => NodeKind::Null,
            serde_json::Value::Bool(value) => NodeKind::Bool(value),
            serde_json::Value::Number(number) => NodeKind::Number(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => NodeKind::Text(text),
            serde_json::Value::Array(items) => NodeKind::List(items.into_iter().map(Node::from).collect()),
            serde_json::Value::Object(entries) => {
                NodeKind::Map(entries.into_iter().map(|(key, value)| (key, 0..0, Node::from(value))).collect())
            }
        };
        Node { kind, span: 0..0 }
    }
}
