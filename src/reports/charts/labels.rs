//! Label collisions: labels on one edge are pushed apart; a label inside the plot takes, of
//! its candidate positions, the one that covers least.

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left.
    pub x0: f64,
    /// Top.
    pub y0: f64,
    /// Right.
    pub x1: f64,
    /// Bottom.
    pub y1: f64,
}

impl Area {
    /// Shared area with another.
    #[must_use]
    pub fn overlap(&self, other: &Area) -> f64 {
        let width = self.x1.min(other.x1) - self.x0.max(other.x0);
        let height = self.y1.min(other.y1) - self.y0.max(other.y0);
        width.max(0.0) * height.max(0.0)
    }

    /// Area that lies outside another.
    #[must_use]
    pub fn outside(&self, bounds: &Area) -> f64 {
        (self.x1 - self.x0) * (self.y1 - self.y0) - self.overlap(bounds)
    }

    /// Length of the part of a segment that lies inside.
    #[must_use]
    pub fn covers(&self, from: (f64, f64), to: (f64, f64)) -> f64 {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut begin, mut end) = (0.0_f64, 1.0_f64);
        let edges = [
            (-dx, from.0 - self.x0),
            (dx, self.x1 - from.0),
            (-dy, from.1 - self.y0),
            (dy, self.y1 - from.1),
        ];
        for (slope, room) in edges {
            if slope.abs() < 1e-12 {
                if room < 0.0 {
                    return 0.0;
                }
            } else if slope < 0.0 {
                begin = begin.max(room / slope);
            } else {
                end = end.min(room / slope);
            }
        }
        if end > begin { (end - begin) * libm::sqrt(dx * dx + dy * dy) } else { 0.0 }
    }
}

/// What labels should stay clear of.
#[derive(Debug, Clone, Default)]
pub struct Obstacles {
    /// Texts and marks.
    pub areas: Vec<Area>,
    /// Lines through points.
    pub lines: Vec<Vec<(f64, f64)>>,
}

impl Obstacles {
    /// How much a label at this place would cover; texts count far more than lines.
    #[must_use]
    pub fn cost(&self, label: &Area, bounds: &Area) -> f64 {
        let areas: f64 = self.areas.iter().map(|a| a.overlap(label)).sum();
        let crossed = |line: &Vec<(f64, f64)>| -> f64 {
            line.iter().zip(line.iter().skip(1)).map(|(a, b)| label.covers(*a, *b)).sum()
        };
        let lines: f64 = self.lines.iter().map(crossed).sum();
        areas * 20.0 + label.outside(bounds) * 40.0 + lines
    }

    /// Position of the cheapest candidate; the first one of equals.
    #[must_use]
    pub fn choose(&self, candidates: &[Area], bounds: &Area) -> usize {
        let mut best = (0, f64::INFINITY);
        for (position, candidate) in candidates.iter().enumerate() {
            let cost = self.cost(candidate, bounds);
            if cost < best.1 - 1e-9 {
                best = (position, cost);
            }
        }
        best.0
    }
}

/// Moves the centres of labels on one edge so that neighbours stand at least `gap` apart and
/// all stay within `bounds`; the order is kept and the shift is shared.
#[must_use]
pub fn spread(wanted: &[f64], gap: f64, bounds: (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let want = |i: usize| wanted.get(i).copied().unwrap_or(0.0);
    order.sort_by(|a, b| want(*a).total_cmp(&want(*b)).then(a.cmp(b)));
    // Groups of touching labels: (sum of wanted centres, members); merging neighbours that
    // would overlap puts each group on the mean of what its members want.
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for index in order {
        groups.push(vec![index]);
        while let [.., before, last] = groups.as_slice() {
            let (_, end) = span(before, gap, bounds, want);
            let (start, _) = span(last, gap, bounds, want);
            if start - end >= gap - 1e-9 {
                break;
            }
            let tail = groups.pop().unwrap_or_default();
            if let Some(group) = groups.last_mut() {
                group.extend(tail);
            }
        }
    }
    let mut placed = vec![0.0; wanted.len()];
    for group in &groups {
        let (mut at, _) = span(group, gap, bounds, want);
        for index in group {
            if let Some(slot) = placed.get_mut(*index) {
                *slot = at;
            }
            at += gap;
        }
    }
    placed
}

/// First and last centre of a group.
fn span(group: &[usize], gap: f64, bounds: (f64, f64), want: impl Fn(usize) -> f64) -> (f64, f64) {
    let mut count = 0.0;
    let mut sum = 0.0;
    for index in group {
        sum += want(*index) - gap * count;
        count += 1.0;
    }
    let length = gap * (count - 1.0);
    let first = (sum / count).min(bounds.1 - length).max(bounds.0);
    (first, first + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_labels_keep_their_order_and_their_distance() {
        let cases: [(&[f64], &[f64]); 4] = [
            (&[10.0, 50.0, 90.0], &[10.0, 50.0, 90.0]),
            (&[50.0, 50.0, 50.0], &[34.0, 50.0, 66.0]),
            (&[98.0, 99.0], &[84.0, 100.0]),
            (&[60.0, 58.0, 20.0], &[67.0, 51.0, 20.0]),
        ];
        for (wanted, want) in cases {
            let got = spread(wanted, 16.0, (0.0, 100.0));
            assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9), "{wanted:?}: {got:?}");
        }
    }

    #[test]
    fn a_label_moves_off_a_line_that_runs_through_it() {
        let bounds = Area { x0: 0.0, y0: 0.0, x1: 200.0, y1: 100.0 };
        let obstacles = Obstacles { areas: vec![], lines: vec![vec![(0.0, 20.0), (200.0, 20.0)]] };
        let on_it = Area { x0: 10.0, y0: 12.0, x1: 90.0, y1: 26.0 };
        let below = Area { x0: 10.0, y0: 40.0, x1: 90.0, y1: 54.0 };
        let outside = Area { x0: 10.0, y0: 95.0, x1: 90.0, y1: 109.0 };
        assert_eq!(obstacles.choose(&[on_it, outside, below], &bounds), 2);
    }

    #[test]
    fn the_covered_length_of_a_diagonal_is_exact() {
        let area = Area { x0: 0.0, y0: 0.0, x1: 3.0, y1: 4.0 };
        assert!((area.covers((-3.0, -4.0), (6.0, 8.0)) - 5.0).abs() < 1e-9);
        assert!(area.covers((5.0, 0.0), (5.0, 4.0)).abs() < 1e-9);
    }
}
