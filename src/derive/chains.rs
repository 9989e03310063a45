//! Retries as rows of their own: which rows belong to one logical run.

use std::collections::BTreeMap;

use crate::model::time::DAY_US;

/// One row of a stream, as far as chains need it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Source, job and object: retries stay within it.
    pub stream: (String, String, String),
    /// Start of the row.
    pub start_us: i64,
    /// The row says that it repeats an earlier one.
    pub is_retry: bool,
}

/// For every row the position of the first row of its logical run: itself, or the last row of
/// its stream before it that is no retry, at most a day earlier and not separated from it
/// (`is_cut(first_start_us, retry_start_us)`). A retry whose first row is unknown stands for
/// itself.
pub fn heads(links: &[Link], is_cut: impl Fn(i64, i64) -> bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..links.len()).collect();
    order.sort_by_key(|&at| (links.get(at), at));
    let mut heads: Vec<usize> = (0..links.len()).collect();
    let mut current: BTreeMap<&(String, String, String), usize> = BTreeMap::new();
    for at in order {
        let Some(link) = links.get(at) else { continue };
        let head = current.get(&link.stream).copied().filter(|_| link.is_retry);
        let head = head.filter(|&head| {
            links.get(head).is_some_and(|first| {
                link.start_us - first.start_us <= DAY_US && !is_cut(first.start_us, link.start_us)
            })
        });
        match head {
            Some(head) => {
                if let Some(slot) = heads.get_mut(at) {
                    *slot = head;
                }
            }
            None => {
                current.insert(&link.stream, at);
            }
        }
    }
    heads
}
