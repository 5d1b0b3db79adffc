//! Inclusion and consistency proofs: made as RFC 9162 sections 2.1.3.1 and 2.1.4.1 define them, checked by the
//! algorithms of sections 2.1.3.2 and 2.1.4.2.

use serde::{Deserialize, Serialize};

use crate::merkle::{Hash, empty_root, node_hash, split};

/// A size of the tree and its root at that size: what a checkpoint signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHead {
    /// Leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Where hashes of a tree come from.
pub trait Hashes {
    /// What can go wrong there.
    type Error;

    /// The root over the leaves from `start` up to, not including, `end`. It is only asked for ranges that stand
    /// as a subtree in a tree of the size that is proven.
    ///
    /// # Errors
    /// If the source cannot be read, or lacks a leaf.
    fn range(&mut self, start: u64, end: u64) -> Result<Hash, Self::Error>;
}

/// Why a proof was not made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// There is no such leaf or earlier size in a tree of this size.
    #[error("the tree of this size does not hold what is to be proven")]
    OutOfRange,
    /// The source failed.
    #[error("the hashes of the tree could not be read")]
    Source(#[source] E),
}

/// The proof does not show what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct NotProven;

/// The proof that `leaf` (counted from 0) is in the tree of `size` leaves.
///
/// # Errors
/// If there is no such leaf, or the source fails.
pub fn inclusion<H: Hashes>(hashes: &mut H, leaf: u64, size: u64) -> Result<Vec<Hash>, ProofError<H::Error>> {
    if leaf >= size {
        return Err(ProofError::OutOfRange);
    }
    // From the root down to the leaf; the proof is written from the leaf up.
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        let sibling = if leaf < middle { (middle, end) } else { (start, middle) };
        path.push(hashes.range(sibling.0, sibling.1).map_err(ProofError::Source)?);
        (start, end) = if leaf < middle { (start, middle) } else { (middle, end) };
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves. It is empty when `old` is
/// 0 or equal to `new`.
///
/// # Errors
/// If `old` is above `new`, or the source fails.
pub fn consistency<H: Hashes>(hashes: &mut H, old: u64, new: u64) -> Result<Vec<Hash>, ProofError<H::Error>> {
    if old > new {
        return Err(ProofError::OutOfRange);
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    while end > old {
        let middle = start + split(end - start);
        let sibling = if old <= middle { (middle, end) } else { (start, middle) };
        path.push(hashes.range(sibling.0, sibling.1).map_err(ProofError::Source)?);
        (start, end) = if old <= middle { (start, middle) } else { (middle, end) };
    }
    if start > 0 {
        // The old tree is not a subtree of the new one: its last part is where the two are put together from.
        path.push(hashes.range(start, end).map_err(ProofError::Source)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that the leaf with this hash stands at place `leaf` in the tree (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// If the proof does not show it.
pub fn verify_inclusion(leaf: u64, hash: &Hash, proof: &[Hash], tree: &TreeHead) -> Result<(), NotProven> {
    if leaf >= tree.size {
        return Err(NotProven);
    }
    let (mut place, mut last) = (leaf, tree.size - 1);
    let mut root = *hash;
    for sibling in proof {
        if last == 0 {
            return Err(NotProven);
        }
        if place & 1 == 1 || place == last {
            root = node_hash(sibling, &root);
            // A right edge without a right sibling is carried up unchanged.
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    holds(last == 0 && root == tree.root)
}

/// Checks that `old` is the beginning of `new` (RFC 9162 section 2.1.4.2). Every tree begins with the empty one.
///
/// # Errors
/// If the proof does not show it.
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, proof: &[Hash]) -> Result<(), NotProven> {
    if old.size == 0 {
        return holds(proof.is_empty() && old.root == empty_root());
    }
    if old.size == new.size {
        return holds(proof.is_empty() && old.root == new.root);
    }
    if old.size > new.size || proof.is_empty() {
        return Err(NotProven);
    }
    let (seed, path) = match proof.split_first() {
        _ if old.size.is_power_of_two() => (&old.root, proof),
        Some(parts) => parts,
        None => return Err(NotProven),
    };
    let shift = (old.size - 1).trailing_ones();
    let (mut place, mut last) = ((old.size - 1) >> shift, (new.size - 1) >> shift);
    let (mut old_root, mut new_root) = (*seed, *seed);
    for sibling in path {
        if last == 0 {
            return Err(NotProven);
        }
        if place & 1 == 1 || place == last {
            old_root = node_hash(sibling, &old_root);
            new_root = node_hash(sibling, &new_root);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_root = node_hash(&new_root, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    holds(last == 0 && old_root == old.root && new_root == new.root)
}

const fn holds(condition: bool) -> Result<(), NotProven> {
    if condition { Ok(()) } else { Err(NotProven) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::merkle::leaf_hash;
    use crate::merkle::tests::{ROOTS, defined_root, hash, reference_leaves};

    /// All leaves in memory.
    struct Leaves<'a>(&'a [Hash]);

    impl Hashes for Leaves<'_> {
        type Error = std::convert::Infallible;

        fn range(&mut self, start: u64, end: u64) -> Result<Hash, Self::Error> {
            Ok(defined_root(&self.0[start as usize..end as usize]))
        }
    }

    fn head(leaves: &[Hash], size: u64) -> TreeHead {
        TreeHead {
            size,
            root: defined_root(&leaves[..size as usize]),
        }
    }

    fn hashes(hex: &[&str]) -> Vec<Hash> {
        hex.iter().map(|text| hash(text)).collect()
    }

    const D_96A2: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
    const D_6E34: &str = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    const D_FAC5: &str = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
    const D_5F08: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
    const D_BC1A: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
    const D_6B47: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
    const D_CA85: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
    const D_D37E: &str = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
    const D_0EBC: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

    /// `TestRefInclusionProof` in testonly/reference_test.go of github.com/transparency-dev/merkle.
    #[test]
    fn published_inclusion_proofs() {
        let leaves = reference_leaves();
        let cases: [(u64, u64, &[&str]); 7] = [
            (0, 1, &[]),
            (0, 2, &[D_96A2]),
            (1, 2, &[D_6E34]),
            (2, 3, &[D_FAC5]),
            (1, 5, &[D_6E34, D_5F08, D_BC1A]),
            (0, 8, &[D_96A2, D_5F08, D_6B47]),
            (5, 8, &[D_BC1A, D_CA85, D_D37E]),
        ];
        for (leaf, size, path) in cases {
            let path = hashes(path);
            assert_eq!(
                inclusion(&mut Leaves(&leaves), leaf, size).unwrap(),
                path,
                "{leaf} in {size}"
            );
            let tree = TreeHead {
                size,
                root: hash(ROOTS[size as usize]),
            };
            assert_eq!(verify_inclusion(leaf, &leaves[leaf as usize], &path, &tree), Ok(()));
        }
    }

    /// `TestRefConsistencyProof` in the same file.
    #[test]
    fn published_consistency_proofs() {
        let leaves = reference_leaves();
        let cases: [(u64, u64, &[&str]); 4] = [
            (1, 1, &[]),
            (1, 8, &[D_96A2, D_5F08, D_6B47]),
            (2, 5, &[D_5F08, D_BC1A]),
            (6, 8, &[D_0EBC, D_CA85, D_D37E]),
        ];
        for (old, new, path) in cases {
            let path = hashes(path);
            assert_eq!(
                consistency(&mut Leaves(&leaves), old, new).unwrap(),
                path,
                "{old} to {new}"
            );
            let old = TreeHead {
                size: old,
                root: hash(ROOTS[old as usize]),
            };
            let new = TreeHead {
                size: new,
                root: hash(ROOTS[new as usize]),
            };
            assert_eq!(verify_consistency(&old, &new, &path), Ok(()));
        }
    }

    #[test]
    fn what_the_tree_does_not_hold_is_not_proven() {
        let leaves = reference_leaves();
        assert_eq!(inclusion(&mut Leaves(&leaves), 8, 8), Err(ProofError::OutOfRange));
        assert_eq!(consistency(&mut Leaves(&leaves), 8, 7), Err(ProofError::OutOfRange));
        let tree = head(&leaves, 8);
        assert_eq!(verify_inclusion(8, &leaves[0], &[], &tree), Err(NotProven));
        assert_eq!(verify_inclusion(0, &tree.root, &[], &tree), Err(NotProven));
        assert_eq!(
            verify_inclusion(
                0,
                &tree.root,
                &[],
                &TreeHead {
                    size: 0,
                    root: tree.root
                }
            ),
            Err(NotProven)
        );
        assert_eq!(verify_consistency(&tree, &head(&leaves, 7), &[]), Err(NotProven));
        assert_eq!(
            verify_consistency(
                &TreeHead {
                    size: 0,
                    root: tree.root
                },
                &tree,
                &[]
            ),
            Err(NotProven)
        );
        assert_eq!(verify_consistency(&head(&leaves, 0), &tree, &[]), Ok(()));
    }

    #[test]
    fn the_largest_sizes_do_not_overflow() {
        let some = leaf_hash(b"x");
        let tree = TreeHead {
            size: u64::MAX,
            root: some,
        };
        let path = vec![some; 64];
        assert_eq!(verify_inclusion(u64::MAX - 1, &some, &path, &tree), Err(NotProven));
        let old = TreeHead {
            size: 1 << 63,
            root: some,
        };
        assert_eq!(verify_consistency(&old, &tree, &path), Err(NotProven));
        assert_eq!(
            verify_consistency(
                &TreeHead {
                    size: u64::MAX - 1,
                    root: some
                },
                &tree,
                &path
            ),
            Err(NotProven)
        );
    }

    #[test]
    fn every_proof_of_a_small_tree_holds() {
        let leaves: Vec<Hash> = (0..40_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        for size in 0..=leaves.len() as u64 {
            let new = head(&leaves, size);
            for old in 0..=size {
                let path = consistency(&mut Leaves(&leaves), old, size).unwrap();
                assert_eq!(
                    verify_consistency(&head(&leaves, old), &new, &path),
                    Ok(()),
                    "{old} to {size}"
                );
            }
            for leaf in 0..size {
                let path = inclusion(&mut Leaves(&leaves), leaf, size).unwrap();
                assert_eq!(
                    verify_inclusion(leaf, &leaves[leaf as usize], &path, &new),
                    Ok(()),
                    "{leaf} in {size}"
                );
            }
        }
    }

    /// Every proof that differs from `path` in one way: a hash altered, dropped, doubled or swapped.
    fn altered(path: &[Hash], bit: usize) -> Vec<Vec<Hash>> {
        let mut all = Vec::new();
        for at in 0..path.len() {
            let mut flipped = path.to_vec();
            let mut bytes = *flipped[at].bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            flipped[at] = Hash::new(bytes);
            all.push(flipped);
            let mut dropped = path.to_vec();
            dropped.remove(at);
            all.push(dropped);
            let mut doubled = path.to_vec();
            doubled.insert(at, path[at]);
            all.push(doubled);
            if at > 0 {
                let mut swapped = path.to_vec();
                swapped.swap(at - 1, at);
                all.push(swapped);
            }
        }
        let mut longer = path.to_vec();
        longer.push(leaf_hash(b"more"));
        all.push(longer);
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn altered_inclusion_proofs_fail(size in 1_u64..700, at in any::<prop::sample::Index>(), bit in 0_usize..256) {
            let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let leaf = at.index(size as usize) as u64;
            let tree = head(&leaves, size);
            let hash = leaves[leaf as usize];
            let path = inclusion(&mut Leaves(&leaves), leaf, size).unwrap();
            prop_assert_eq!(verify_inclusion(leaf, &hash, &path, &tree), Ok(()));
            for wrong in altered(&path, bit) {
                prop_assert_eq!(verify_inclusion(leaf, &hash, &wrong, &tree), Err(NotProven));
            }
            for other in (0..size).filter(|other| *other != leaf) {
                prop_assert_eq!(verify_inclusion(leaf, &leaves[other as usize], &path, &tree), Err(NotProven));
                prop_assert_eq!(verify_inclusion(other, &hash, &path, &tree), Err(NotProven));
            }
        }

        #[test]
        fn altered_consistency_proofs_fail(new in 2_u64..700, at in any::<prop::sample::Index>(), bit in 0_usize..256) {
            let leaves: Vec<Hash> = (0..new).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let old = at.index(new as usize - 1) as u64 + 1;
            let path = consistency(&mut Leaves(&leaves), old, new).unwrap();
            let (old, new) = (head(&leaves, old), head(&leaves, new));
            prop_assert_eq!(verify_consistency(&old, &new, &path), Ok(()));
            for wrong in altered(&path, bit) {
                prop_assert_eq!(verify_consistency(&old, &new, &wrong), Err(NotProven));
            }
            let other = leaf_hash(b"another root");
            prop_assert_eq!(verify_consistency(&TreeHead { root: other, ..old }, &new, &path), Err(NotProven));
            prop_assert_eq!(verify_consistency(&old, &TreeHead { root: other, ..new }, &path), Err(NotProven));
        }

        #[test]
        fn noise_proves_nothing(sizes in any::<(u64, u64)>(), path in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
            let path: Vec<Hash> = path.into_iter().map(Hash::new).collect();
            let root = leaf_hash(b"x");
            let (a, b) = (TreeHead { size: sizes.0, root }, TreeHead { size: sizes.1, root });
            prop_assert!(verify_inclusion(sizes.0, &leaf_hash(b"y"), &path, &b).is_err());
            prop_assert!(sizes.0 == sizes.1 || verify_consistency(&a, &b, &path).is_err());
        }
    }
}
