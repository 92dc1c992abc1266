//! `rpc_request_events`

use super::table::{table, word};
use crate::event::RpcRequest;

table! {
    /// One request to an RPC server (dbt 0.14 to 0.21)
    RpcRequestEvents = "rpc_request_events" of RpcRequest, |event| {
        task: Text = word(event.task), "Method";
    }
}
