//! SHA-256 (FIPS 180-4) of 16 messages of one length at a time, for processors with wide vectors
//! and without instructions for SHA-256: one vector holds the same word of all messages.

#![allow(clippy::inline_always, reason = "inside of each version, with its instructions")]

use multiversion::multiversion;

/// The number of messages that are hashed at a time.
pub(crate) const LANES: usize = 16;

/// The number of bytes with which all messages begin.
pub(crate) const HEAD: usize = 24;

type Vector = [u32; LANES];

/// Returns whether [`hash`] is faster on this processor than hashing one message after the other.
pub(crate) fn is_faster() -> bool {
    // Without optimisation the compiler does not vectorise.
    #[cfg(all(target_arch = "x86_64", not(debug_assertions)))]
    return is_x86_feature_detected!("avx2") && !is_x86_feature_detected!("sha");
    #[cfg(not(all(target_arch = "x86_64", not(debug_assertions))))]
    return false;
}

/// Returns the hashes of `head` followed by each of `bodies`, which have one length.
#[multiversion(targets("x86_64+avx2+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn hash(head: &[u8; HEAD], bodies: &[&[u8]; LANES]) -> [[u8; 32]; LANES] {
    let mut state = START.map(|word| [word; LANES]);
    let blocks = (HEAD + bodies[0].len() + 8) / 64 + 1;
    let mut words = [[0; LANES]; 16];
    for number in 0..blocks {
        for (lane, body) in bodies.iter().enumerate() {
            let block = block(head, body, number, number + 1 == blocks);
            for (word, bytes) in words.iter_mut().zip(block.as_chunks().0) {
                word[lane] = u32::from_be_bytes(*bytes);
            }
        }
        compress(&mut state, &mut words);
    }
    let mut hashes = [[0; 32]; LANES];
    for (lane, hash) in hashes.iter_mut().enumerate() {
        for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(&state) {
            *bytes = word[lane].to_be_bytes();
        }
    }
    hashes
}

/// Returns a block of a message with its padding: one bit, zeros, and in the last block the length
/// in bits.
#[inline(always)]
fn block(head: &[u8; HEAD], body: &[u8], number: usize, last: bool) -> [u8; 64] {
    let (mut block, start, length) = ([0; 64], 64 * number, HEAD + body.len());
    let mut end = 0;
    if number == 0 {
        block[..HEAD].copy_from_slice(head);
        end = HEAD;
    }
    let rest = &body[(start + end - HEAD).min(body.len())..];
    let rest = &rest[..rest.len().min(64 - end)];
    block[end..end + rest.len()].copy_from_slice(rest);
    end += rest.len();
    if start + end == length && end < 64 {
        block[end] = 0x80;
    }
    if last {
        block[56..].copy_from_slice(&(8 * length as u64).to_be_bytes());
    }
    block
}

/// Processes one block of each message (FIPS 180-4, 6.2.2). `words` is overwritten.
#[inline(always)]
fn compress(state: &mut [Vector; 8], words: &mut [Vector; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (t, &constant) in ROUNDS.iter().enumerate() {
        if t >= 16 {
            let (s0, s1, w7) = (words[(t + 1) % 16], words[(t + 14) % 16], words[(t + 9) % 16]);
            words[t % 16] = each(|lane| {
                let [x, y] = [s0[lane], s1[lane]];
                let s0 = x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3);
                let s1 = y.rotate_right(17) ^ y.rotate_right(19) ^ (y >> 10);
                words[t % 16][lane].wrapping_add(s0).wrapping_add(w7[lane]).wrapping_add(s1)
            });
        }
        let first = each(|lane| {
            let x = e[lane];
            let sum = x.rotate_right(6) ^ x.rotate_right(11) ^ x.rotate_right(25);
            let choice = (x & f[lane]) ^ (!x & g[lane]);
            h[lane]
                .wrapping_add(sum)
                .wrapping_add(choice)
                .wrapping_add(constant)
                .wrapping_add(words[t % 16][lane])
        });
        let second = each(|lane| {
            let (x, y, z) = (a[lane], b[lane], c[lane]);
            let sum = x.rotate_right(2) ^ x.rotate_right(13) ^ x.rotate_right(22);
            sum.wrapping_add((x & y) ^ (x & z) ^ (y & z))
        });
        (h, g, f, e) = (g, f, e, each(|lane| d[lane].wrapping_add(first[lane])));
        (d, c, b, a) = (c, b, a, each(|lane| first[lane].wrapping_add(second[lane])));
    }
    for (sum, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *sum = each(|lane| sum[lane].wrapping_add(word[lane]));
    }
}

#[inline(always)]
fn each(value: impl Fn(usize) -> u32) -> Vector {
    let mut vector = [0; LANES];
    for (lane, word) in vector.iter_mut().enumerate() {
        *word = value(lane);
    }
    vector
}

/// FIPS 180-4, 5.3.3: the first 32 bits of the fractional parts of the square roots of the first 8
/// primes.
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// FIPS 180-4, 4.2.2: the same of the cube roots of the first 64 primes.
#[rustfmt::skip]
const ROUNDS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
];

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// Every length around the ends of blocks, and that of an image of 3x32x32.
    #[test]
    fn hashes_are_those_of_one_message_after_the_other() {
        let head: [u8; HEAD] = std::array::from_fn(|i| 7 * i as u8);
        let bytes: Vec<u8> = (0..LANES * 3072).map(|i| (i * 7919 / 8) as u8).collect();
        for length in (0..200).chain([3072]) {
            let bodies: [&[u8]; LANES] =
                std::array::from_fn(|lane| &bytes[lane * length..(lane + 1) * length]);
            let hashes = hash(&head, &bodies);
            for (body, hash) in bodies.iter().zip(hashes) {
                let expected: [u8; 32] =
                    Sha256::new().chain_update(head).chain_update(body).finalize().into();
                assert_eq!(hash, expected, "{length} bytes");
            }
        }
    }
}
