//! Return values of the standard (`CK_RV`), sorted by what is done about them.

use cryptoki::error::{Error, RvError};

use crate::{error::ProviderFault, providers::pkcs11::token_error::TokenError};

/// The standard's `CKR_AEAD_DECRYPT_FAILED`, which cryptoki does not name.
const AEAD_DECRYPT_FAILED: u64 = 0x35;

pub(super) fn token_error(error: Error) -> TokenError {
    let Error::Pkcs11(code, function) = error else {
        return match error {
            Error::NotSupported | Error::NullFunctionPointer => {
                TokenError::Unsupported("the module lacks the function".to_owned())
            }
            other => TokenError::Unclear(other.to_string()),
        };
    };
    let detail = format!("C_{function:?} answered {}", name_of(code));
    match code {
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::ObjectHandleInvalid
        | RvError::KeyHandleInvalid
        | RvError::UserNotLoggedIn
        | RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SlotIdInvalid
        | RvError::DeviceRemoved
        | RvError::CryptokiNotInitialized
        // What an interrupted call left behind goes with the session.
        | RvError::OperationActive
        | RvError::OperationNotInitialized => TokenError::Lost(detail),

        RvError::EncryptedDataInvalid
        | RvError::EncryptedDataLenRange
        | RvError::WrappedKeyInvalid
        | RvError::WrappedKeyLenRange
        | RvError::UnknownErrorCode(AEAD_DECRYPT_FAILED) => TokenError::Refused(detail),

        RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::ArgumentsBad
        | RvError::FunctionNotSupported
        | RvError::FunctionRejected
        | RvError::KeyFunctionNotPermitted
        | RvError::KeyTypeInconsistent
        | RvError::KeySizeRange
        | RvError::ActionProhibited => TokenError::Unsupported(detail),

        RvError::PinIncorrect
        | RvError::PinInvalid
        | RvError::PinLenRange
        | RvError::UserPinNotInitialized => TokenError::Fault(ProviderFault::WrongPin, detail),
        RvError::PinLocked | RvError::PinExpired => {
            TokenError::Fault(ProviderFault::PinLocked, detail)
        }
        RvError::TokenWriteProtected => TokenError::Fault(ProviderFault::AccessDenied, detail),

        _ => TokenError::Unclear(detail),
    }
}

/// The standard's spelling: what a person will search the vendor's pages for.
fn name_of(code: RvError) -> String {
    match code {
        RvError::VendorDefined(number) | RvError::UnknownErrorCode(number) => {
            format!("0x{number:08x}")
        }
        named => {
            let mut name = "CKR".to_owned();
            for letter in format!("{named:?}").chars() {
                if letter.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(letter.to_ascii_uppercase());
            }
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spelled_as_the_standard_spells_them() {
        assert_eq!(name_of(RvError::PinIncorrect), "CKR_PIN_INCORRECT");
        assert_eq!(name_of(RvError::GeneralError), "CKR_GENERAL_ERROR");
        assert_eq!(name_of(RvError::UnknownErrorCode(0x35)), "0x00000035");
    }
}
