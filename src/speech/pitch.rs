//! How high a voice is.
//!
//! # Source
//! A. de Cheveigné and H. Kawahara, "YIN, a fundamental frequency estimator for speech and music", JASA 111(4), 2002:
//! difference function, cumulative mean normalisation, absolute threshold, parabolic interpolation (steps 2 to 5).

/// Lowest and highest pitch that is looked for, Hz: voices of adults and children.
const RANGE: (f32, f32) = (60.0, 500.0);

/// Step 4 of the paper: the first dip of the normalised difference below this is the period.
const THRESHOLD: f32 = 0.15;

/// Every second sample is enough for a period, which is at most 500 Hz.
const RATE: f32 = 8_000.0;

/// Samples that are compared, 25 ms at [`RATE`]; the paper's window.
const WINDOW: usize = 200;

/// Finds the pitch of stretches of 100 ms.
pub(super) struct Yin {
    half: Vec<f32>,
    difference: Vec<f32>,
}

impl Yin {
    pub fn new() -> Self {
        Self { half: Vec::new(), difference: Vec::new() }
    }

    /// The pitch in Hz of `hop`, 16 kHz: the median of what its voiced thirds say; nothing where fewer than two are.
    pub fn of_hop(&mut self, hop: &[f32]) -> Option<f32> {
        let mut half = std::mem::take(&mut self.half);
        half.clear();
        half.extend(hop.as_chunks::<2>().0.iter().map(|[a, b]| 0.5 * (a + b)));
        let longest = (RATE / RANGE.0) as usize;
        let needed = WINDOW + longest + 2;
        let mut found = Vec::with_capacity(3);
        if half.len() >= needed {
            let last = half.len() - needed;
            for start in [0, last / 2, last] {
                found.extend(self.of_window(&half[start..start + needed], longest));
            }
        }
        self.half = half;
        found.sort_by(f32::total_cmp);
        let (lowest, highest) = (*found.first()?, *found.last()?);
        match found.len() {
            // Two that differ by more than a tone are an octave error or a glide: neither is to be trusted.
            2 if highest / lowest < 1.12 => Some((lowest * highest).sqrt()),
            3 => Some(found[1]),
            _ => None,
        }
    }

    fn of_window(&mut self, samples: &[f32], longest: usize) -> Option<f32> {
        let shortest = (RATE / RANGE.1) as usize;
        let energy: f32 = samples[..WINDOW].iter().map(|sample| sample * sample).sum();
        if energy < 1e-6 {
            return None;
        }
        let difference = &mut self.difference;
        difference.clear();
        difference.push(1.0);
        let mut sum = 0.0;
        for lag in 1..=longest + 1 {
            let raw = distance(&samples[..WINDOW], &samples[lag..lag + WINDOW]);
            sum += raw;
            difference.push(if sum > 0.0 { raw * lag as f32 / sum } else { 1.0 });
        }
        let mut lag = shortest.max(2);
        while lag <= longest {
            if difference[lag] < THRESHOLD {
                while lag < longest && difference[lag + 1] < difference[lag] {
                    lag += 1;
                }
                return Some(RATE / (lag as f32 + vertex(difference[lag - 1], difference[lag], difference[lag + 1])));
            }
            lag += 1;
        }
        None
    }
}

/// Sum of the squared differences of `a` and `b`, in lanes that the processor works on side by side.
fn distance(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += (a - b) * (a - b);
        }
    }
    lanes.iter().sum()
}

/// Where between -0.5 and 0.5 the parabola through three neighbours has its extreme.
pub(super) fn vertex(before: f32, at: f32, after: f32) -> f32 {
    let curve = before - 2.0 * at + after;
    if curve.abs() < 1e-9 { 0.0 } else { (0.5 * (before - after) / curve).clamp(-0.5, 0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(pitch: f32) -> Vec<f32> {
        (0..1600)
            .map(|index| {
                let phase = std::f32::consts::TAU * pitch * index as f32 / 16_000.0;
                (3..12).map(|harmonic| (phase * harmonic as f32).sin() / harmonic as f32).sum::<f32>() * 0.2
            })
            .collect()
    }

    #[test]
    fn the_pitch_of_a_voice_is_found_though_the_telephone_cut_its_fundamental() {
        for pitch in [80.0, 110.0, 180.0, 250.0, 400.0] {
            let found = Yin::new().of_hop(&voice(pitch)).unwrap();
            assert!((found / pitch - 1.0).abs() < 0.01, "{pitch} Hz: {found}");
        }
    }

    #[test]
    fn noise_has_no_pitch() {
        let mut state = 1u32;
        let noise: Vec<f32> = (0..1600)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state as f32 / 4e9 - 0.5
            })
            .collect();
        assert_eq!(Yin::new().of_hop(&noise), None);
        assert_eq!(Yin::new().of_hop(&[0.0; 1600]), None);
    }
}
