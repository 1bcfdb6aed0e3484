//! How a convention is written: once, for the reader, the schema and the documentation.

use super::value::FactKind;

/// What events of one type hold.
#[derive(Clone, Copy, Debug)]
pub struct EventSpec {
    /// CloudEvents `type`.
    pub event_type: &'static str,
    /// What has happened, in a sentence.
    pub meaning: &'static str,
    /// The attributes that must be there, besides `id` and `source`.
    pub attributes: &'static [&'static str],
    /// The components whose digests must be there.
    pub digests: &'static [&'static str],
    /// The components whose digests belong there when they exist.
    pub more_digests: &'static [&'static str],
    /// The facts. An event may have others.
    pub facts: &'static [FactSpec],
    /// Facts whose names begin so are decimals.
    pub decimals: Option<&'static str>,
}

/// What is asked of one fact.
#[derive(Clone, Copy, Debug)]
pub struct FactSpec {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: FactKind,
    /// Whether it must be there.
    pub required: bool,
    /// What it says.
    pub meaning: &'static str,
}

/// Writes down the convention for one type. A field that is no `Option` is a fact that must be there.
macro_rules! event {
    (
        $(#[doc = $meaning:literal])+
        $name:ident = $type:literal {
            $($(#[doc = $of_fact:literal])+ $fact:ident: $kind:ty,)*
        }
        $(attributes { $($(#[doc = $of_attribute:literal])+ $attribute:ident,)* })?
        $(digests { $($digest:literal),* })?
        $(more_digests { $($more:literal),* })?
        $(decimals { $decimals:expr })?
    ) => {
        $(#[doc = $meaning])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<'a> {
            $($(#[doc = $of_fact])+ pub $fact: $kind,)*
            $($($(#[doc = $of_attribute])+ pub $attribute: &'a str,)*)?
        }

        impl<'a> $name<'a> {
            /// CloudEvents `type`.
            pub const TYPE: &'static str = $type;
            /// What events of the type hold.
            pub const SPEC: $crate::conventions::definition::EventSpec = $crate::conventions::definition::EventSpec {
                event_type: $type,
                meaning: concat!($($meaning),+),
                attributes: &[$($(stringify!($attribute)),*)?],
                digests: &[$($($digest),*)?],
                more_digests: &[$($($more),*)?],
                facts: &[$($crate::conventions::definition::FactSpec {
                    name: stringify!($fact),
                    kind: <<$kind as $crate::conventions::value::Field<'a>>::Value
                        as $crate::conventions::value::FromFact<'a>>::KIND,
                    required: <$kind as $crate::conventions::value::Field<'a>>::REQUIRED,
                    meaning: concat!($($of_fact),+),
                }),*],
                decimals: {
                    let none: Option<&'static str> = None;
                    $(let none = { let _ = none; Some($decimals) };)?
                    none
                },
            };

            /// Reads one.
            pub fn read(
                body: &indelible_evidence::body::Body<'a>,
            ) -> Result<Self, $crate::conventions::misfit::Misfit> {
                use $crate::conventions::value::{Field, FromFact};
                use $crate::conventions::misfit::{Misfit, Place, Problem};
                $(let mut $fact: Option<<$kind as Field<'a>>::Value> = None;)*
                for (name, value) in &body.facts {
                    // What is blank says nothing.
                    if $crate::conventions::value::is_blank(value) {
                        continue;
                    }
                    match *name {
                        $(stringify!($fact) => match FromFact::from_fact(*value) {
                            Ok(read) => $fact = Some(read),
                            Err(problem) => {
                                return Err(Misfit::new($type, Place::Fact(stringify!($fact)), problem));
                            }
                        },)*
                        $(name if name.starts_with($decimals) => {
                            if let Err(problem) = $crate::conventions::value::Decimal::from_fact(*value) {
                                return Err(Misfit::new($type, Place::FactsOf($decimals), problem));
                            }
                        })?
                        _ => {}
                    }
                }
                $($(let $attribute = body.$attribute.map(str::trim);
                let Some($attribute) = $attribute.filter(|text| !text.is_empty()) else {
                    let place = Place::Attribute(stringify!($attribute));
                    return Err(Misfit::new($type, place, Problem::Missing));
                };)*)?
                $($(if !body.digests.iter().any(|digest| digest.component == $digest) {
                    return Err(Misfit::new($type, Place::Digest($digest), Problem::Missing));
                })*)?
                Ok(Self {
                    $($fact: match <$kind as Field<'a>>::settled($fact) {
                        Some(value) => value,
                        None => {
                            let place = Place::Fact(stringify!($fact));
                            return Err(Misfit::new($type, place, Problem::Missing));
                        }
                    },)*
                    $($($attribute,)*)?
                })
            }
        }
    };
}
pub(super) use event;
