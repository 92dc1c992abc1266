//! `rpc_request_events`

use super::column::ClosedList;
use super::table::table;
use crate::event::{RpcRequest, RpcTask};

table! {
    /// One request to an RPC server (dbt 0.14 to 0.21)
    RpcRequestEvents = "rpc_request_events" of RpcRequest, |event| {
        /// The method
        #[from(dbt1 = "rpc_request.task", dbt2 = none)]
        task: ClosedList<RpcTask> = event.task;
    }
}
