//! A strict reader for the few DER forms a public key comes in (X.690).
//!
//! Each value has one encoding: indefinite and longer-than-needed lengths,
//! padded integers and trailing octets are refused. So each key has one
//! encoding, and the parsers behind this one see canonical input only.

/// The input is not DER, or not the expected structure.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotDer;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// Reads values one after the other.
#[derive(Clone)]
pub(super) struct DerReader<'a> {
    rest: &'a [u8],
}

impl<'a> DerReader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    /// The tag of the next value.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The content of the next value, which must have this `tag`.
    pub(super) fn read(&mut self, tag: u8) -> Result<&'a [u8], NotDer> {
        let (&first, rest) = self.rest.split_first().ok_or(NotDer)?;
        if first != tag {
            return Err(NotDer);
        }
        let (length, rest) = read_length(rest)?;
        let (content, rest) = rest.split_at_checked(length).ok_or(NotDer)?;
        self.rest = rest;
        Ok(content)
    }

    pub(super) fn sequence(&mut self) -> Result<Self, NotDer> {
        self.read(SEQUENCE).map(Self::new)
    }

    /// The big-endian octets of a non-negative INTEGER, without the leading
    /// zero that only carries the sign.
    pub(super) fn unsigned_integer(&mut self) -> Result<&'a [u8], NotDer> {
        match self.read(INTEGER)? {
            [0] => Ok(&[]),
            [0, magnitude @ ..] if magnitude.first().is_some_and(|octet| *octet >= 0x80) => {
                Ok(magnitude)
            }
            // A redundant zero, a negative number, or no octets.
            [0 | 0x80..=0xff, ..] | [] => Err(NotDer),
            magnitude => Ok(magnitude),
        }
    }

    /// The octets of a BIT STRING that has whole octets.
    pub(super) fn octets_of_bit_string(&mut self) -> Result<&'a [u8], NotDer> {
        match self.read(BIT_STRING)? {
            [0, octets @ ..] => Ok(octets),
            _ => Err(NotDer),
        }
    }

    /// Checks that nothing follows.
    pub(super) fn finish(self) -> Result<(), NotDer> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(NotDer)
        }
    }
}

/// Two octets of length are enough: no key has 64 KiB.
fn read_length(input: &[u8]) -> Result<(usize, &[u8]), NotDer> {
    match *input {
        [short @ 0..=0x7f, ref rest @ ..] => Ok((usize::from(short), rest)),
        [0x81, long @ 0x80..=0xff, ref rest @ ..] => Ok((usize::from(long), rest)),
        [0x82, high @ 0x01..=0xff, low, ref rest @ ..] => {
            Ok((usize::from(u16::from_be_bytes([high, low])), rest))
        }
        _ => Err(NotDer),
    }
}
