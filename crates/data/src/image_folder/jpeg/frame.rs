//! The headers of frames and scans, and the parts of the picture that are present.

use super::Reason;

/// The geometry of a picture and the state of its components.
pub(super) struct Frame {
    pub progressive: bool,
    pub components: Vec<Component>,
    /// The interleaved blocks: columns and rows of units of all components.
    pub units: [usize; 2],
}

pub(super) struct Component {
    id: u8,
    /// The blocks of one unit: horizontal and vertical sampling factor.
    pub sampling: [usize; 2],
    /// The columns and rows of blocks in a scan of this component only.
    pub blocks: [usize; 2],
    /// The number of missing low bits of each coefficient; `None` if nothing was sent.
    precision: [Option<u8>; 64],
    /// For progressive files, the coefficients of each block that are not 0, bit k for coefficient
    /// k.
    pub nonzero: Vec<u64>,
}

/// The coefficients and components of a scan.
pub(super) struct Scan {
    pub components: Vec<ScanComponent>,
    /// The first and the last coefficient.
    pub band: [u8; 2],
    /// Whether the scan adds bits to coefficients of earlier scans.
    pub refines: bool,
}

/// A component of a scan.
pub(super) struct ScanComponent {
    /// The position of the component in the frame.
    pub place: usize,
    /// The number of its DC table.
    pub dc: usize,
    /// The number of its AC table.
    pub ac: usize,
}

const BAD_FRAME: &str = "its frame header is damaged";
const BAD_SCAN: &str = "the header of a scan is damaged";
const MOST_COMPONENTS: usize = 4;

impl Frame {
    pub(super) fn parse(segment: &[u8], progressive: bool) -> Result<Self, Reason> {
        let [_, h1, h0, w1, w0, n, rest @ ..] = segment else { return Err(BAD_FRAME.to_owned()) };
        let [height, width] =
            [[*h1, *h0], [*w1, *w0]].map(|side| usize::from(u16::from_be_bytes(side)));
        let n = usize::from(*n);
        if height == 0 || width == 0 || !(1..=MOST_COMPONENTS).contains(&n) || rest.len() != 3 * n {
            return Err(BAD_FRAME.to_owned());
        }
        let sampling: Vec<[usize; 2]> = rest
            .chunks_exact(3)
            .map(|part| [usize::from(part[1] >> 4), usize::from(part[1] & 15)])
            .collect();
        if sampling.iter().flatten().any(|factor| !(1..=4).contains(factor)) {
            return Err(BAD_FRAME.to_owned());
        }
        let most =
            [0, 1].map(|axis| sampling.iter().map(|factors| factors[axis]).max().unwrap_or(1));
        let size = [width, height];
        let units = [0, 1].map(|axis| size[axis].div_ceil(8 * most[axis]));
        let component = |(part, sampling): (&[u8], &[usize; 2])| Component {
            id: part[0],
            sampling: *sampling,
            blocks: [0, 1]
                .map(|axis| (size[axis] * sampling[axis]).div_ceil(most[axis]).div_ceil(8)),
            precision: [None; 64],
            nonzero: Vec::new(),
        };
        let components = rest.chunks_exact(3).zip(&sampling).map(component).collect();
        Ok(Self { progressive, components, units })
    }

    /// Returns an error unless every component is present, and in a progressive file every
    /// coefficient in full precision.
    pub(super) fn check_complete(&self) -> Result<(), Reason> {
        let sent =
            self.components.iter().filter(|component| component.precision[0].is_some()).count();
        if sent == 0 {
            return Err("it has no scan: nothing but headers".to_owned());
        }
        if sent < self.components.len() {
            return Err(format!(
                "it has the scans of {sent} of its {} components",
                self.components.len()
            ));
        }
        let full = |component: &Component| component.precision.iter().all(|bits| *bits == Some(0));
        if self.progressive && !self.components.iter().all(full) {
            return Err("it is a progressive JPEG without its last scans".to_owned());
        }
        Ok(())
    }
}

impl Scan {
    /// Parses the header of a scan, and records in the frame what it sends.
    pub(super) fn parse(segment: &[u8], frame: &mut Frame) -> Result<Self, Reason> {
        let bad = || BAD_SCAN.to_owned();
        let (&n, rest) = segment.split_first().ok_or_else(bad)?;
        let n = usize::from(n);
        if !(1..=MOST_COMPONENTS).contains(&n) || rest.len() < 2 * n + 3 {
            return Err(bad());
        }
        let mut components: Vec<ScanComponent> = Vec::with_capacity(n);
        for part in rest[..2 * n].chunks_exact(2) {
            let place = frame
                .components
                .iter()
                .position(|component| component.id == part[0])
                .ok_or_else(bad)?;
            let (dc, ac) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
            if dc > 3 || ac > 3 || components.iter().any(|other| other.place == place) {
                return Err(bad());
            }
            components.push(ScanComponent { place, dc, ac });
        }
        let (first, last, high, low) =
            (rest[2 * n], rest[2 * n + 1], rest[2 * n + 2] >> 4, rest[2 * n + 2] & 15);
        // A frame that is not progressive has all coefficients in each scan, independent of its
        // header.
        let (band, high, low) =
            if frame.progressive { ([first, last], high, low) } else { ([0, 63], 0, 0) };
        let dc_alone = band[1] == 0 || (!frame.progressive && band[1] == 63);
        if band[0] > band[1]
            || band[1] > 63
            || low > 13
            || (band[0] == 0 && !dc_alone)
            || (band[0] > 0 && n > 1)
        {
            return Err(bad());
        }
        let scan = Self { components, band, refines: high > 0 };
        for part in &scan.components {
            frame.components[part.place].send(&scan, high, low)?;
        }
        Ok(scan)
    }
}

impl Component {
    /// Records that the band of a scan was sent, from `high` missing bits (0: nothing sent before)
    /// to `low`.
    fn send(&mut self, scan: &Scan, high: u8, low: u8) -> Result<(), Reason> {
        let out_of_sequence =
            || Err("its progressive scans are out of sequence, or some are missing".to_owned());
        let band = usize::from(scan.band[0])..=usize::from(scan.band[1]);
        if scan.band[0] > 0 && self.precision[0].is_none() {
            return out_of_sequence();
        }
        for bits in &mut self.precision[band] {
            if bits.unwrap_or(0) != high || (scan.refines && (bits.is_none() || low + 1 != high)) {
                return out_of_sequence();
            }
            *bits = Some(low);
        }
        if self.nonzero.is_empty() && scan.band[0] > 0 {
            self.nonzero = vec![0; self.blocks[0] * self.blocks[1]];
        }
        Ok(())
    }
}
