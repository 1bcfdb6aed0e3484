"""HTTP/2, gRPC and protobuf as an attacker writes them: nothing here refuses to write what is wrong."""
