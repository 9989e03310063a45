//! A disk that may lose power. It replays operations and, at any moment, gives the trees that a
//! crash could leave: what was synced is there, of what was not any subset may be. Strict: a
//! synced file does not bring its name along, and names of different folders know no order.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::rc::Rc;

use super::strace::Op;

/// Number of a file or folder; 0 is the recorded folder itself, which exists and is durable.
type Inode = usize;

/// Bytes of a file. Equal bytes have equal numbers, so that states compare fast.
#[derive(Clone)]
pub struct Bytes {
    /// Number.
    pub id: usize,
    /// The bytes.
    pub data: Rc<Vec<u8>>,
}

/// What a crash leaves: bytes by path; none = a folder.
pub type Tree = BTreeMap<Rc<str>, Option<Bytes>>;

/// Names by folder: full path to inode.
type Names = BTreeMap<Inode, BTreeMap<Rc<str>, Inode>>;

/// One change of names that survives whole or not at all.
type Change = Vec<(Inode, Rc<str>, Option<Inode>)>;

/// The disk.
#[derive(Default, Clone)]
pub struct Disk {
    folders: BTreeSet<Inode>,
    last: Inode,
    /// Names as running programs see them.
    seen: Names,
    /// Names that are durable.
    durable: Names,
    /// Changes that are not.
    pending: Vec<Change>,
    bytes: BTreeMap<Inode, Bytes>,
    synced: BTreeMap<Inode, Bytes>,
    numbers: RefCell<BTreeMap<Rc<Vec<u8>>, usize>>,
}

impl Disk {
    /// An empty durable folder.
    pub fn new() -> Self {
        Disk { folders: BTreeSet::from([0]), ..Disk::default() }
    }

    /// Does one operation.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Mkdir(path) => {
                let made = self.fresh();
                self.folders.insert(made);
                self.rename_all(vec![(path.as_str(), Some(made))]);
            }
            Op::Open { path, truncates } => match self.find(path) {
                Some(file) if *truncates => self.store(file, Vec::new()),
                Some(_) => {}
                None => {
                    let made = self.fresh();
                    self.store(made, Vec::new());
                    self.rename_all(vec![(path.as_str(), Some(made))]);
                }
            },
            Op::Write { path, at, data } => {
                let file = self.find(path).unwrap();
                let mut bytes = self.bytes[&file].data.to_vec();
                bytes.resize(bytes.len().max(at + data.len()), 0);
                bytes[*at..at + data.len()].copy_from_slice(data);
                self.store(file, bytes);
            }
            Op::Truncate { path, len } => {
                let file = self.find(path).unwrap();
                let mut bytes = self.bytes[&file].data.to_vec();
                bytes.resize(*len, 0);
                self.store(file, bytes);
            }
            Op::Sync(path) => self.sync(self.find(path).unwrap()),
            Op::Link { from, to } => {
                let file = self.find(from).unwrap();
                self.rename_all(vec![(to.as_str(), Some(file))]);
            }
            Op::Rename { from, to } => {
                let file = self.find(from).unwrap();
                self.rename_all(vec![(from.as_str(), None), (to.as_str(), Some(file))]);
            }
            Op::Unlink(path) => self.rename_all(vec![(path.as_str(), None)]),
            Op::Ack(_) => {}
        }
    }

    fn fresh(&mut self) -> Inode {
        self.last += 1;
        self.last
    }

    fn store(&mut self, file: Inode, bytes: Vec<u8>) {
        let bytes = self.number(bytes);
        let empty = self.number(Vec::new());
        self.bytes.insert(file, bytes);
        self.synced.entry(file).or_insert(empty);
    }

    fn number(&self, data: Vec<u8>) -> Bytes {
        let data = Rc::new(data);
        let mut numbers = self.numbers.borrow_mut();
        let next = numbers.len();
        let id = *numbers.entry(data.clone()).or_insert(next);
        Bytes { id, data }
    }

    fn find(&self, path: &str) -> Option<Inode> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let found = |at: Inode, end: usize| self.seen.get(&at)?.get(&path[..end]).copied();
        if path.is_empty() { Some(0) } else { ends.into_iter().try_fold(0, found) }
    }

    fn rename_all(&mut self, names: Vec<(&str, Option<Inode>)>) {
        let change: Change = names
            .into_iter()
            .map(|(path, to)| {
                let (folder, _) = path.rsplit_once('/').unwrap_or(("", path));
                (self.find(folder).unwrap(), path.into(), to)
            })
            .collect();
        set_names(&mut self.seen, &change);
        self.pending.push(change);
    }

    fn sync(&mut self, inode: Inode) {
        if let Some(bytes) = self.bytes.get(&inode) {
            self.synced.insert(inode, bytes.clone());
            return;
        }
        let is_done = |change: &Change| change.iter().all(|(folder, _, _)| *folder == inode);
        let (done, open) = std::mem::take(&mut self.pending).into_iter().partition(is_done);
        self.pending = open;
        let done: Vec<Change> = done;
        done.iter().for_each(|change| set_names(&mut self.durable, change));
    }

    /// What running programs see now (a kill without power loss leaves this).
    pub fn whole(&self) -> Tree {
        self.tree(&self.seen, &self.bytes)
    }

    /// What a power loss may leave now, each tree once.
    pub fn crashes(&self) -> Vec<Tree> {
        let dirty: Vec<Inode> = self
            .bytes
            .iter()
            .filter(|(file, bytes)| self.synced[file].id != bytes.id)
            .map(|(file, _)| *file)
            .collect();
        let mut out = Vec::new();
        let mut known = BTreeSet::new();
        for contents in self.contents(&dirty) {
            for subset in subsets(self.pending.len()) {
                let mut names = self.durable.clone();
                for (change, _) in self.pending.iter().zip(subset).filter(|(_, kept)| *kept) {
                    set_names(&mut names, change);
                }
                let tree = self.tree(&names, &contents);
                if known.insert(digest(&tree)) {
                    out.push(tree);
                }
            }
        }
        out
    }

    /// Contents that unsynced files may have: written, lost, zeroes, half; and each lost alone.
    fn contents(&self, dirty: &[Inode]) -> Vec<BTreeMap<Inode, Bytes>> {
        let lost = |file: &Inode| self.synced[file].clone();
        let zero = |file: &Inode| self.number(vec![0; self.bytes[file].data.len()]);
        let half = |file: &Inode| {
            let bytes = &self.bytes[file].data;
            self.number(bytes[..bytes.len() / 2].to_vec())
        };
        let with = |files: &[Inode], make: &dyn Fn(&Inode) -> Bytes| {
            let mut bytes = self.bytes.clone();
            bytes.extend(files.iter().map(|file| (*file, make(file))));
            bytes
        };
        let mut all = vec![self.bytes.clone()];
        if !dirty.is_empty() {
            all.extend([with(dirty, &lost), with(dirty, &zero), with(dirty, &half)]);
        }
        if dirty.len() > 1 {
            all.extend(dirty.iter().map(|file| with(&[*file], &lost)));
        }
        all
    }

    fn tree(&self, names: &Names, bytes: &BTreeMap<Inode, Bytes>) -> Tree {
        let mut tree = Tree::new();
        let mut open = vec![0];
        while let Some(folder) = open.pop() {
            for (path, inode) in names.get(&folder).into_iter().flatten() {
                if self.folders.contains(inode) {
                    open.push(*inode);
                    tree.insert(path.clone(), None);
                } else {
                    tree.insert(path.clone(), Some(bytes[inode].clone()));
                }
            }
        }
        tree
    }
}

fn set_names(names: &mut Names, change: &Change) {
    for (folder, path, to) in change {
        let names = names.entry(*folder).or_default();
        match to {
            Some(inode) => names.insert(path.clone(), *inode),
            None => names.remove(path),
        };
    }
}

/// All subsets of up to six changes; of more: all, none, each prefix, each dropped, each alone.
fn subsets(n: usize) -> Vec<Vec<bool>> {
    if n <= 6 {
        return (0..1_usize << n).map(|m| (0..n).map(|i| m >> i & 1 == 1).collect()).collect();
    }
    let prefixes = (0..=n).map(|k| (0..n).map(|i| i < k).collect());
    let dropped = (0..n).map(|k| (0..n).map(|i| i != k).collect());
    let alone = (0..n).map(|k| (0..n).map(|i| i == k).collect());
    prefixes.chain(dropped).chain(alone).collect()
}

/// A number for a tree, to find equal ones.
pub fn digest(tree: &Tree) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (path, bytes) in tree {
        path.hash(&mut hasher);
        bytes.as_ref().map(|b| b.id).hash(&mut hasher);
    }
    hasher.finish()
}

#[test]
fn a_name_and_its_bytes_are_durable_only_when_both_are_synced() {
    let (path, data) = ("f".to_owned(), b"data".to_vec());
    let write = [
        Op::Open { path: path.clone(), truncates: false },
        Op::Write { path: path.clone(), at: 0, data },
    ];
    let left = |syncs: &[Op]| -> Vec<Option<Vec<u8>>> {
        let mut disk = Disk::new();
        write.iter().chain(syncs).for_each(|op| disk.apply(op));
        let crashes = disk.crashes();
        crashes.iter().map(|t| t.get("f").map(|b| b.as_ref().unwrap().data.to_vec())).collect()
    };
    let file = [Op::Sync("f".into())];
    let folder = [Op::Sync(String::new())];
    let whole = Some(b"data".to_vec());
    let torn = [Some(vec![]), Some(b"da".to_vec()), Some(vec![0; 4]), whole.clone()];
    let want = |states: &[Option<Vec<u8>>]| states.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(want(&left(&file)), want(&[None, whole.clone()]));
    assert_eq!(want(&left(&folder)), want(&torn));
    assert_eq!(left(&[file, folder].concat()), vec![whole]);
}
