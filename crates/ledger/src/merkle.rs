//! The Merkle tree of RFC 9162 section 2.1 (the same as RFC 6962 section 2.1) with SHA-256.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Binary;

/// Bytes of a SHA-256 hash.
pub const HASH_BYTES: usize = 32;
/// Says that a leaf is hashed, so that no node can pass for a leaf (RFC 9162 section 2.1.1).
const LEAF_PREFIX: [u8; 1] = [0];
/// Says that a node is hashed.
const NODE_PREFIX: [u8; 1] = [1];
/// Bytes of the size in front of a stored frontier.
const SIZE_BYTES: usize = 8;

/// A hash of a leaf, of a node, or of a whole tree. It may be published: every entry holds a nonce.
#[derive(Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub struct Hash([u8; HASH_BYTES]);

impl Hash {
    /// Wraps bytes that are a hash.
    #[must_use]
    pub const fn new(bytes: [u8; HASH_BYTES]) -> Self {
        Self(bytes)
    }

    /// The hash in these bytes, if there are exactly 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    /// Reads standard base64 with padding (RFC 4648 section 4), the form that [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().and_then(|bytes| Self::from_slice(&bytes))
    }

    fn of(context: Context) -> Self {
        let mut bytes = [0; HASH_BYTES];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a hash in base64"))
    }
}

impl<DB: Backend> ToSql<Binary, DB> for Hash
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <[u8] as ToSql<Binary, DB>>::to_sql(self.0.as_slice(), out)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Hash
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, DB>>::from_sql(bytes)?;
        Self::from_slice(&bytes).ok_or_else(|| "a hash has 32 bytes".into())
    }
}

/// The root of the tree without leaves: the hash of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(Context::new(&SHA256))
}

/// The hash of a leaf that holds `data`.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&LEAF_PREFIX);
    context.update(data);
    Hash::of(context)
}

/// The hash of the node above `left` and `right`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&NODE_PREFIX);
    context.update(&left.0);
    context.update(&right.0);
    Hash::of(context)
}

/// Where a tree of `size` leaves divides: the largest power of two below `size`. 0 for fewer than two leaves.
#[must_use]
pub const fn split(size: u64) -> u64 {
    if size < 2 { 0 } else { 1 << (size - 1).ilog2() }
}

/// A complete subtree of 2^`height` leaves: the `index`th of its height, from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// Levels above the leaves.
    pub height: u32,
    /// Place among the subtrees of this height.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

/// The right edge of a tree: the roots of its complete subtrees, the largest first. It is all that is needed to
/// append leaves and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each bit that is set in `size`.
    peaks: Vec<Hash>,
}

/// The stored bytes are not a frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the frontier of a tree")]
pub struct NotAFrontier;

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// Leaves so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_| ());
    }

    /// Appends a leaf, and calls `completed` for every subtree of two leaves or more that it completes, the
    /// smallest first.
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(Subtree)) {
        let mut hash = leaf;
        for height in 1..=self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            completed(Subtree {
                height,
                index: self.size >> height,
                hash,
            });
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else {
            return empty_root();
        };
        peaks.fold(*smallest, |right, left| node_hash(left, &right))
    }

    /// The form that is stored: the size (64 bits, big-endian), then the hashes. At most 2,056 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SIZE_BYTES + self.peaks.len() * HASH_BYTES);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        for peak in &self.peaks {
            bytes.extend_from_slice(&peak.0);
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// If there is not exactly one hash for each bit that is set in the size.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAFrontier> {
        let (size, hashes) = bytes.split_first_chunk::<SIZE_BYTES>().ok_or(NotAFrontier)?;
        let size = u64::from_be_bytes(*size);
        let (peaks, rest) = hashes.as_chunks::<HASH_BYTES>();
        if !rest.is_empty() || u32::try_from(peaks.len()) != Ok(size.count_ones()) {
            return Err(NotAFrontier);
        }
        Ok(Self {
            size,
            peaks: peaks.iter().copied().map(Hash).collect(),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Leaves of the reference tree of Certificate Transparency: `LeafInputs` in testonly/constants.go of
    /// github.com/transparency-dev/merkle, once cpp/merkletree/merkle_tree_test.cc of
    /// github.com/google/certificate-transparency.
    pub(crate) const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    /// Roots of the first n of these leaves: `RootHashes` in the same file.
    pub(crate) const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    /// Hashes of the complete subtrees by height: `NodeHashes` in the same file.
    const NODES: [&[&str]; 4] = [
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
            "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
        ],
        &[
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ],
        &[
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
        &["5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
    ];

    pub(crate) fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }

    pub(crate) fn hash(hex: &str) -> Hash {
        Hash::from_slice(&unhex(hex)).unwrap()
    }

    pub(crate) fn reference_leaves() -> Vec<Hash> {
        LEAVES.iter().map(|leaf| leaf_hash(&unhex(leaf))).collect()
    }

    /// The definition of RFC 9162 section 2.1.1, word for word.
    pub(crate) fn defined_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
                node_hash(&defined_root(left), &defined_root(right))
            }
        }
    }

    #[test]
    fn the_reference_tree_has_its_published_roots() {
        let mut frontier = Frontier::new();
        assert_eq!(frontier.root(), hash(ROOTS[0]));
        for (leaf, root) in reference_leaves().into_iter().zip(&ROOTS[1..]) {
            frontier.push(leaf);
            assert_eq!(frontier.root(), hash(root));
        }
    }

    #[test]
    fn the_reference_tree_has_its_published_nodes() {
        let mut frontier = Frontier::new();
        let mut seen = 0;
        for (at, leaf) in reference_leaves().into_iter().enumerate() {
            assert_eq!(leaf, hash(NODES[0][at]));
            frontier.push_with(leaf, |node| {
                assert_eq!(node.hash, hash(NODES[node.height as usize][node.index as usize]));
                seen += 1;
            });
        }
        assert_eq!(seen, 7);
    }

    #[test]
    fn a_tree_divides_at_the_largest_power_of_two_below_its_size() {
        for (size, at) in [
            (0, 0),
            (1, 0),
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 4),
            (8, 4),
            (9, 8),
            (u64::MAX, 1 << 63),
        ] {
            assert_eq!(split(size), at, "{size}");
        }
    }

    #[test]
    fn a_frontier_reads_what_it_writes_and_nothing_else() {
        let mut frontier = Frontier::new();
        for n in 0..600_u32 {
            let bytes = frontier.to_bytes();
            assert_eq!(Frontier::from_bytes(&bytes).unwrap(), frontier);
            assert_eq!(Frontier::from_bytes(&[&bytes[..], &[0]].concat()), Err(NotAFrontier));
            assert_eq!(
                Frontier::from_bytes(&[&bytes[..], &[0; 32]].concat()),
                Err(NotAFrontier)
            );
            assert_eq!(Frontier::from_bytes(&bytes[..bytes.len() - 1]), Err(NotAFrontier));
            frontier.push(leaf_hash(&n.to_be_bytes()));
        }
    }

    #[test]
    fn the_frontier_follows_the_definition() {
        let mut frontier = Frontier::new();
        let mut leaves = Vec::new();
        for n in 0..300_u32 {
            assert_eq!(frontier.root(), defined_root(&leaves), "{n}");
            leaves.push(leaf_hash(&n.to_be_bytes()));
            frontier.push(leaves[leaves.len() - 1]);
        }
    }
}
