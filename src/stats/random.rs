//! The pinned generator of everything that is resampled: SplitMix64 (Steele, Lea, Flood, 2014).
//! 64 bits of state, full period, passes BigCrush; same seed, same numbers on every machine and
//! in every later version. It is never used for secrets.

use super::{number, special};

/// Seed of a figure from the names that identify it (report id, metric id): FNV-1a, 64 bits,
/// with a zero byte after each part.
#[must_use]
pub fn seed(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// State of the generator.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Random { state: seed }
    }
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Uniform in the open interval (0, 1), 52 bits.
    pub fn unit(&mut self) -> f64 {
        (number::count(self.bits() >> 12) + 0.5) / 4_503_599_627_370_496.0
    }
    /// Uniform in `0..n`; 0 when `n` is 0. The bias of the multiplication is below n / 2^64.
    pub fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.bits()) * u128::try_from(n).unwrap_or(0);
        usize::try_from(wide >> 64).unwrap_or(0)
    }
    /// Standard normal, by the inverse of the distribution function.
    pub fn normal(&mut self) -> f64 {
        special::normal_quantile(self.unit())
    }
    /// One of the values; none of nothing.
    pub fn pick<'a, T>(&mut self, values: &'a [T]) -> Option<&'a T> {
        values.get(self.below(values.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // First outputs for seed 1234567 from the reference C code by Vigna.
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        let want =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(first, want);
    }

    #[test]
    fn the_seed_depends_on_the_names_and_on_where_they_end() {
        assert_eq!(seed(&[]), 0xcbf2_9ce4_8422_2325);
        assert_ne!(seed(&["ab", "c"]), seed(&["a", "bc"]));
    }

    #[test]
    fn below_stays_below_and_reaches_all() {
        let mut random = Random::new(1);
        let mut seen = [0_u32; 5];
        (0..5_000).for_each(|_| seen[random.below(5)] += 1);
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
        assert_eq!(random.below(0), 0);
    }
}
