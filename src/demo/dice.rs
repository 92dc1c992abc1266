//! Random numbers that are the same on every machine.
//!
//! The source is an algorithm by name, `xoshiro256++`, whose stream is its specification; functions of numbers are those
//! of `libm`, since those of a system's C library differ in their last bits.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The source of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// One of the many sources of a seed, each named and numbered, and independent of all others: so what is drawn for
    /// one thing does not depend on how much was drawn for those before it.
    pub fn of(seed: u64, name: &str, number: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(&number.to_le_bytes());
        hasher.update(name.as_bytes());
        Self(Xoshiro256PlusPlus::from_seed(*hasher.finalize().as_bytes()))
    }

    /// 64 random bits.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Between 0 and 1, neither of them.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are a float's")]
    pub fn unit(&mut self) -> f64 {
        ((self.word() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Whether something happens that does with some probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below another.
    pub fn below(&mut self, end: u64) -> u64 {
        self.word() % end
    }

    /// A whole number from one to another, both included.
    #[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "far below what either type holds")]
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as u64) as i64
    }

    /// One of some things, each as likely as its weight says.
    pub fn pick<T: Copy>(&mut self, of: &[(T, f64)]) -> T {
        let mut at = self.unit() * of.iter().map(|(_, weight)| weight).sum::<f64>();
        let mut chosen = of[0].0;
        for (thing, weight) in of {
            chosen = *thing;
            at -= weight;
            if at < 0.0 {
                break;
            }
        }
        chosen
    }

    /// A standard normal value (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.unit())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// A lognormal value: one that is so many times the median or a part of it, most of them within `exp(sigma)`.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    /// A value of the exponential distribution.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(self.unit())
    }

    /// A value of the gamma distribution (Marsaglia and Tsang).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * libm::pow(self.unit(), 1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = 1.0 + x / (9.0 * d).sqrt();
            let v = v * v * v;
            if v > 0.0 && libm::log(self.unit()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// A success rate: of the beta distribution with this mean. Two runs of one project correlate by
    /// 1 / (concentration + 1).
    pub fn rate(&mut self, mean: f64, concentration: f64) -> f64 {
        let (successes, failures) = (self.gamma(mean * concentration), self.gamma((1.0 - mean) * concentration));
        successes / (successes + failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Were one of these to change, so would every dump that was ever made of a seed.
    #[test]
    fn the_stream_of_a_seed_is_what_it_was() {
        let mut dice = Dice::new(7);
        assert_eq!([dice.word(), dice.word()], [EXPECTED[0], EXPECTED[1]]);
        assert_eq!(Dice::of(7, "project", 0).word(), EXPECTED[2]);
    }

    const EXPECTED: [u64; 3] = [0x0e2c_1a00_2aae_913d, 0x2c0f_c8dd_fa4e_9e14, 0xf985_ffe3_02d1_c58f];

    #[test]
    fn sources_of_one_seed_are_told_apart_by_name_and_number() {
        let first = |seed, name, number| Dice::of(seed, name, number).word();
        let words = [first(1, "a", 0), first(1, "a", 1), first(1, "b", 0), first(2, "a", 0)];
        for (place, word) in words.iter().enumerate() {
            assert!(!words[..place].contains(word), "{words:?}");
        }
    }

    #[test]
    fn things_are_picked_as_often_as_their_weights_say() {
        let mut dice = Dice::new(1);
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            counts[dice.pick(&[(0_usize, 1.0), (1, 0.0), (2, 3.0)])] += 1;
        }
        assert_eq!(counts[1], 0);
        // Four standard errors.
        assert!((f64::from(counts[2]) / 10_000.0 - 0.75).abs() < 4.0 * (0.75 * 0.25 / 10_000.0_f64).sqrt());
    }

    #[test]
    fn distributions_have_the_means_that_they_should() {
        let mut dice = Dice::new(2);
        let mut mean = |draw: &dyn Fn(&mut Dice) -> f64| (0..20_000).map(|_| draw(&mut dice)).sum::<f64>() / 20_000.0;
        assert!((mean(&|dice| dice.rate(0.9, 9.0)) - 0.9).abs() < 0.004);
        assert!(mean(&Dice::normal).abs() < 0.03);
        assert!((mean(&|dice| dice.exponential(3.0)) - 3.0).abs() < 0.09);
        assert!((mean(&|dice| libm::log(dice.lognormal(5.0, 2.0))) - libm::log(5.0)).abs() < 0.06);
    }
}
