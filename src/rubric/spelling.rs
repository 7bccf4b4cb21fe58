//! Goes on behind misspelt keys: one typo in `criteria` is one mistake, and no reason to keep quiet about what stands below.

use crate::diagnostic::{ByteSpan, Code, Diagnostic, Node, NodeKind};

/// So many letters of a key may be wrong; what is more unlike is another word.
const MOST_WRONG: usize = 2;

/// Writes in `tree` what was meant by the misspelt keys among the mistakes `found`, where that is plain; takes these
/// mistakes out and returns them, so that the tree can be read again.
pub(super) fn respell(tree: &mut Node, found: &mut Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.extract_if(.., |mistake| is_respelt(tree, mistake)).collect()
}

fn is_respelt(tree: &mut Node, mistake: &Diagnostic) -> bool {
    let Some(meant) = &mistake.meant else { return false };
    // What an include brings was looked for before.
    matches!(mistake.code, Code::UnknownKey | Code::UnknownOperator)
        && !matches!(meant.as_str(), "include" | "without")
        && rename(tree, &mistake.primary.span, meant)
}

/// Renames the key at `span`, where its mapping has no other one of this name and it differs in few letters.
fn rename(node: &mut Node, span: &ByteSpan, name: &str) -> bool {
    match &mut node.kind {
        NodeKind::List(items) => items.iter_mut().any(|item| rename(item, span, name)),
        NodeKind::Map(entries) => {
            let Some(at) = entries.iter().position(|(_, key, _)| key == span) else {
                return entries.iter_mut().any(|(.., value)| rename(value, span, name));
            };
            let free = !entries.iter().any(|(key, ..)| key == name);
            let like = strsim::osa_distance(&entries[at].0, name) <= MOST_WRONG;
            if free && like {
                entries[at].0 = name.to_owned();
            }
            free && like
        }
        _ => false,
    }
}
