//! The messages of
//!
//! ```proto
//! syntax = "proto3";
//! package warehouse;
//!
//! service Stock {
//!     rpc Level (LevelRequest) returns (StockLevel);
//!     rpc Count (CountRequest) returns (StockLevel);
//! }
//! message LevelRequest { string sku = 1; }
//! message CountRequest { string sku = 1; uint32 units = 2; }
//! message StockLevel   { string sku = 1; uint32 units = 2; }
//! ```
//!
//! written by hand, so that the example builds without `protoc`.

use prost::Message;

/// Asks for the stock of a product.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct LevelRequest {
    #[prost(string, tag = "1")]
    pub(crate) sku: String,
}

/// Sets the stock of a product.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CountRequest {
    #[prost(string, tag = "1")]
    pub(crate) sku: String,
    #[prost(uint32, tag = "2")]
    pub(crate) units: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StockLevel {
    #[prost(string, tag = "1")]
    pub(crate) sku: String,
    #[prost(uint32, tag = "2")]
    pub(crate) units: u32,
}
