//! The options of front matter, for the command lines of both programs.

/// Declares a command line's options for front matter, and how they are checked. Both programs have the same; what makes
/// options of them is theirs, so the caller's crate has `clap`.
#[macro_export]
macro_rules! front_arguments {
    ($visibility:vis struct $name:ident;) => {
        /// What stands in front of a report on the word of whoever makes it. No evidence shows it, and the report's id
        /// does not depend on it.
        #[derive(Debug, clap::Args)]
        $visibility struct $name {
            /// Who operates the system, as the report is to say on your word
            #[arg(long, value_name = "NAME", help_heading = "On your word")]
            operator: Option<String>,
            /// The system that the ledger is about
            #[arg(long, value_name = "NAME", help_heading = "On your word")]
            system: Option<String>,
            /// What you call the period; which records were read, the report says itself
            #[arg(long, value_name = "TEXT", help_heading = "On your word")]
            period: Option<String>,
            /// Who made the report
            #[arg(long, value_name = "NAME", help_heading = "On your word")]
            made_by: Option<String>,
            /// For whom it was made
            #[arg(long, value_name = "NAME", help_heading = "On your word")]
            made_for: Option<String>,
        }

        impl $name {
            /// What was given, if anything was and it can be shown.
            $visibility fn checked(
                &self,
            ) -> Result<
                Option<$crate::reports::FrontMatter>,
                $crate::reports::FrontMatterError,
            > {
                let front = $crate::reports::FrontMatter {
                    operator: self.operator.clone(),
                    system: self.system.clone(),
                    period: self.period.clone(),
                    made_by: self.made_by.clone(),
                    made_for: self.made_for.clone(),
                };
                front.checked()
            }
        }
    };
}
