//! What makes a piece a piece: it takes in the one that comes after it.

/// What can take in the piece of the records that come right after its own. `Default` is the piece of no record.
pub trait Absorb: Default {
    /// Takes in the piece of the records that come right after.
    fn absorb(&mut self, later: Self);
}

/// Makes a struct of pieces a piece: every field takes in its own.
macro_rules! absorb_fields {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::projections::pieces::absorb::Absorb for $name {
            fn absorb(&mut self, later: Self) {
                // Names every field, so that a new one can't be forgotten.
                let Self { $($field),* } = later;
                $($crate::projections::pieces::absorb::Absorb::absorb(&mut self.$field, $field);)*
            }
        }
    };
}
pub(crate) use absorb_fields;

/// The first of the two that is known.
impl<T> Absorb for Option<T> {
    fn absorb(&mut self, later: Self) {
        if self.is_none() {
            *self = later;
        }
    }
}

/// Whether it was ever so.
impl Absorb for bool {
    fn absorb(&mut self, later: Self) {
        *self |= later;
    }
}

impl<T: Absorb, const COUNT: usize> Absorb for [T; COUNT]
where
    Self: Default,
{
    fn absorb(&mut self, later: Self) {
        for (piece, later) in self.iter_mut().zip(later) {
            piece.absorb(later);
        }
    }
}
