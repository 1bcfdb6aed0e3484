//! Compiles the protos in Rust alone (no `protoc`), and writes the descriptor set that reflection serves.

use std::{env, fs, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        "indelible/v1/access_service.proto",
        "indelible/v1/approval_service.proto",
        "indelible/v1/backup_service.proto",
        "indelible/v1/compliance_service.proto",
        "indelible/v1/error_reason.proto",
        "indelible/v1/event.proto",
        "indelible/v1/governance_service.proto",
        "indelible/v1/key_service.proto",
        "indelible/v1/ledger_service.proto",
        "indelible/v1/record_selection.proto",
        "indelible/v1/retention_service.proto",
    ];
    for file in files {
        println!("cargo::rerun-if-changed={file}");
    }
    let descriptors = protox::compile(files, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("indelible.v1.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .bytes(".")
        .btree_map(".")
        .codec_path("crate::codec::WireCodec")
        .compile_fds(descriptors)?;
    Ok(())
}
