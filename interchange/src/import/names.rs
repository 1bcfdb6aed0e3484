//! Names that other systems give to what has a place of its own here. A person's data that is not known as such would be
//! stored unencrypted, and no erasure would reach it.

/// What the data subject is called, without what spellings differ in.
const DATA_SUBJECT: [&str; 6] = [
    "datasubject",
    "datasubjects",
    "datasubjectid",
    "datasubjectids",
    "datasubjectname",
    "datasubjectref",
];

/// What a name ends with whose text says who somebody is, or how to reach them.
const PERSONAL_ENDINGS: [&str; 19] = [
    "birthdate",
    "birthday",
    "dateofbirth",
    "email",
    "emailaddress",
    "firstname",
    "fullname",
    "givenname",
    "homeaddress",
    "lastname",
    "mobilenumber",
    "nationalid",
    "passportno",
    "passportnumber",
    "phonenumber",
    "postaladdress",
    "socialsecuritynumber",
    "surname",
    "telephone",
];

/// The same of names that are too short to be looked for at the end of longer ones.
const PERSONAL: [&str; 6] = ["dob", "iban", "mail", "msisdn", "phone", "ssn"];

/// A name without what its spellings differ in.
pub(super) fn spelling(name: &str) -> String {
    let letters = name
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | '.' | ' ' | ':'));
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether a name is the data subject's, however it is spelt.
pub(super) fn is_data_subject(name: &str) -> bool {
    DATA_SUBJECT.contains(&spelling(name).as_str())
}

/// Whether a name says that its text is about a person: who it is, or how to reach them.
pub(super) fn is_personal(name: &str) -> bool {
    // The last of the names of objects within one another says what the text is.
    let last = name.rsplit('.').next().unwrap_or(name);
    let spelt = spelling(last);
    PERSONAL.contains(&spelt.as_str())
        || PERSONAL_ENDINGS
            .iter()
            .any(|ending| spelt.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_every_spelling_and_others_are_left_alone() {
        for name in [
            "datasubject",
            "data_subject",
            "dataSubject",
            "Data-Subject",
            "DATA SUBJECT",
            "data.subject",
            "data_subjects",
            "dataSubjectId",
        ] {
            assert!(is_data_subject(name), "{name}");
        }
        for name in ["subject", "data", "subject_data", "datasubjection"] {
            assert!(!is_data_subject(name), "{name}");
        }
        for name in [
            "email",
            "user_email",
            "userEmail",
            "contact.e-mail",
            "phone",
            "customer_phone_number",
            "DateOfBirth",
            "last_name",
        ] {
            assert!(is_personal(name), "{name}");
        }
        for name in [
            "user_name",
            "microphone",
            "email_count",
            "model",
            "source_ip",
            "urban",
        ] {
            assert!(!is_personal(name), "{name}");
        }
    }
}
