//! The filters that turn a spectrum into mel bands, as Whisper was trained with.

/// Samples a second that Whisper hears, Hz.
const RATE: f64 = 16_000.0;
/// Samples in one spectrum.
const POINTS: usize = 400;
/// Values in one spectrum.
pub(super) const BINS: usize = POINTS / 2 + 1;

/// `bands` triangular filters of [`BINS`] values each, row by row: Slaney's scale, each of area one.
///
/// # Source
/// M. Slaney, Auditory Toolbox, Interval Research technical report 1998-010: linear below 1 kHz (200/3 Hz a mel),
/// logarithmic above (27 mels for a factor of 6.4). Whisper's own filters are these for 0 to 8 kHz.
pub(super) fn filters(bands: usize) -> Vec<f32> {
    let edges: Vec<f64> = {
        let top = to_mel(RATE / 2.0);
        (0..bands + 2).map(|index| to_hz(top * index as f64 / (bands + 1) as f64)).collect()
    };
    let mut values = Vec::with_capacity(bands * BINS);
    for edge in edges.windows(3) {
        let (low, centre, high) = (edge[0], edge[1], edge[2]);
        let norm = 2.0 / (high - low);
        for bin in 0..BINS {
            let frequency = bin as f64 * RATE / POINTS as f64;
            let rise = (frequency - low) / (centre - low);
            let fall = (high - frequency) / (high - centre);
            let height = rise.min(fall).max(0.0) as f32;
            values.push((f64::from(height) * norm) as f32);
        }
    }
    values
}

const LINEAR: f64 = 200.0 / 3.0;
const KNEE: f64 = 1000.0;

fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn to_mel(hz: f64) -> f64 {
    if hz < KNEE { hz / LINEAR } else { KNEE / LINEAR + (hz / KNEE).ln() / log_step() }
}

fn to_hz(mel: f64) -> f64 {
    let knee = KNEE / LINEAR;
    if mel < knee { mel * LINEAR } else { KNEE * (log_step() * (mel - knee)).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_have_area_one_and_cover_the_band() {
        let filters = filters(80);
        assert_eq!(filters.len(), 80 * BINS);
        // Wide filters span enough bins for the sum over bins of 40 Hz to come near their area.
        let area: f32 = filters[79 * BINS..].iter().sum::<f32>() * 40.0;
        assert!((area - 1.0).abs() < 0.02, "{area}");
        assert_eq!(filters[0], 0.0);
        assert!(filters.chunks(BINS).all(|filter| filter.iter().any(|value| *value > 0.0)));
    }
}
