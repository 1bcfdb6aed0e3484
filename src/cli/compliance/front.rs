//! What stands in front of a report on the word of whoever makes it.

indelible_compliance::front_arguments! {
    pub(super) struct FrontArguments;
}
