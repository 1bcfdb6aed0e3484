//! What the transport knows of each method: how much room its answer needs, and whether its client sends on.

use crate::limits::{ANSWER_BYTES_USUAL, PAGE_ROOM_BYTES, RECORD_ROOM_BYTES, SMALL_BYTES_MAX};

/// What a call of a method needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Method {
    /// Room for its answer, taken before the call is handed on. 0 where the answer is short, or where the call itself
    /// takes room for each of its answers or has one of few slots.
    pub(super) answer_bytes: usize,
    /// Whether its client sends more than one message, when it likes.
    pub(super) streams_requests: bool,
    /// Whether it is asked who calls: of health and reflection nobody is.
    pub(super) asks_who_calls: bool,
}

impl Method {
    /// The method that a path names. One that is not known needs what most need.
    pub(super) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        let answer_bytes = match name {
            // Acknowledgements are short, and nobody waits with an append until others have read theirs.
            "Append" | "AppendStream" => 0,
            // It says for each event whether it is a repeat.
            "AppendBatch" => ANSWER_BYTES_USUAL,
            "ListEvents" | "QueryProjection" => PAGE_ROOM_BYTES,
            "GetRecord" | "GetReceipt" | "GetProjections" | "GetDataSubject" => RECORD_ROOM_BYTES,
            "ListLedgers" | "ListErasures" | "ListHolds" | "ListSigningKeys" => RECORD_ROOM_BYTES,
            "ListProducers" | "ListTokens" | "ListApprovalRequests" => RECORD_ROOM_BYTES,
            "ListDisposals" | "GetRetention" | "PreviewRetention" => RECORD_ROOM_BYTES,
            "GetPolicy" | "ListPolicies" | "ListAgents" | "ListBudgets" | "ListAgentApprovals"
            | "ListHalts" | "Decide" => RECORD_ROOM_BYTES,
            "ListReservations" | "ListOverrides" | "ListProposals" | "FilterTools" => {
                RECORD_ROOM_BYTES
            }
            // For all of its answers that are on their way at once.
            "DecideStream" => RECORD_ROOM_BYTES,
            // It takes room for each message.
            "FollowRecords" => 0,
            // These have slots, and few pieces wait for their clients.
            "ExportBundle" | "CreateReport" | "VerifyLedger" | "EraseDataSubject"
            | "RebuildProjections" | "RotateKek" | "RotateIdentityKey" | "CreateBackup"
            | "RunRetention" | "EndLedger" => 0,
            // Health and reflection.
            "Check" | "Watch" => 0,
            _ => SMALL_BYTES_MAX,
        };
        Self {
            answer_bytes,
            streams_requests: matches!(
                name,
                "AppendStream" | "DecideStream" | "ServerReflectionInfo"
            ),
            asks_who_calls: !path.starts_with("/grpc."),
        }
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// Every method that streams requests is known to, and none that does not.
    #[test]
    fn the_methods_that_stream_requests_are_those_of_the_proto() {
        let set = FileDescriptorSet::decode(indelible_proto::FILE_DESCRIPTOR_SET).unwrap();
        let services = set.file.iter().flat_map(|file| &file.service);
        let methods: Vec<_> = services.flat_map(|service| &service.method).collect();
        assert!(methods.len() > 25);
        for method in methods {
            let known = Method::of(&format!("/indelible.v1.Service/{}", method.name()));
            assert_eq!(
                known.streams_requests,
                method.client_streaming(),
                "{}",
                method.name()
            );
            let takes_room_at_once = method.name() == "DecideStream";
            assert!(
                known.answer_bytes == 0 || takes_room_at_once || !method.server_streaming(),
                "{}",
                method.name()
            );
        }
    }
}
