module indelible.example/signer

go 1.23
