//! The store on RocksDB. Nothing outside this folder knows the engine.
