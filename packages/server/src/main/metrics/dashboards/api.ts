import { type Dashboard, Unit } from "./panel.js";
import { percentiles, rateOf } from "./queries.js";

export const apiDashboard: Dashboard = {
  uid: "buttonwood-api",
  title: "Buttonwood: API",
  description: "Rate, errors and time of every endpoint, WebSockets, limits and keys.",
  rows: [
    {
      title: "REST",
      panels: [
        {
          title: "Requests by endpoint",
          description: "Requests answered a second, by method and path.",
          unit: Unit.REQUESTS_PER_SECOND,
          queries: [rateOf("buttonwood_requests_total", "{{method}} {{path}}", ["method", "path"])],
        },
        {
          title: "Requests by status",
          description: "429 and 418 are clients that send too much, 503 is capacity; other 5xx are ours.",
          unit: Unit.REQUESTS_PER_SECOND,
          queries: [rateOf("buttonwood_requests_total", "{{status}}", ["status"])],
        },
        {
          title: "Errors by endpoint",
          description: "Answers of 5xx a second, by path.",
          unit: Unit.REQUESTS_PER_SECOND,
          queries: [
            rateOf('buttonwood_requests_total{status=~"5.."}', "{{path}} {{status}}", ["path", "status"]),
          ],
        },
        {
          title: "Time by endpoint",
          description: "99th percentile from the whole request to its answer, by path.",
          unit: Unit.SECONDS,
          queries: percentiles("buttonwood_request_duration_seconds", {
            by: ["method", "path"],
            percents: [99],
          }),
        },
        {
          title: "Time of an order",
          description: "POST /api/v3/order: the answer comes after the commit.",
          unit: Unit.SECONDS,
          queries: percentiles("buttonwood_request_duration_seconds", {
            selector: '{method="POST",path="/api/v3/order"}',
          }),
        },
        {
          title: "In flight",
          description:
            "Requests that are not answered yet. It grows when answers take longer than they come in.",
          unit: Unit.COUNT,
          queries: [
            { expr: "buttonwood_requests_in_flight", legend: "HTTP {{instance}}" },
            { expr: "buttonwood_websocket_requests_in_flight", legend: "WebSocket {{instance}}" },
          ],
        },
      ],
    },
    {
      title: "WebSocket API and streams",
      panels: [
        {
          title: "Requests by method",
          description: "Requests of the WebSocket API answered a second, by method.",
          unit: Unit.REQUESTS_PER_SECOND,
          queries: [rateOf("buttonwood_websocket_requests_total", "{{method}}", ["method"])],
        },
        {
          title: "Requests by status",
          description: "The status within the answer, as over HTTP.",
          unit: Unit.REQUESTS_PER_SECOND,
          queries: [rateOf("buttonwood_websocket_requests_total", "{{status}}", ["status"])],
        },
        {
          title: "Time of order.place",
          description: "From the message to its answer, which comes after the commit.",
          unit: Unit.SECONDS,
          queries: percentiles("buttonwood_websocket_request_duration_seconds", {
            selector: '{method="order.place"}',
          }),
        },
        {
          title: "Connections",
          description:
            "Open connections by kind, sessions that are logged on, and subscriptions to an account's events.",
          unit: Unit.COUNT,
          queries: [
            { expr: "sum by (kind) (buttonwood_websocket_connections_by_kind)", legend: "{{kind}}" },
            { expr: "sum(buttonwood_websocket_sessions)", legend: "logged on" },
            { expr: "sum(buttonwood_websocket_user_streams)", legend: "account events" },
            { expr: "sum(buttonwood_websocket_streams)", legend: "market streams" },
          ],
        },
        {
          title: "Opened and closed",
          description:
            "Connections a second. 1008 are those that were cut for a fault of the client: too slow, silent, too many messages.",
          unit: Unit.PER_SECOND,
          queries: [
            rateOf("buttonwood_websocket_opened_total", "opened", ["job"]),
            rateOf("buttonwood_websocket_closed_total", "closed {{code}}", ["code"]),
          ],
        },
        {
          title: "Messages",
          description: "Messages received and sent a second.",
          unit: Unit.PER_SECOND,
          queries: [
            rateOf("buttonwood_websocket_received_messages_total", "received {{instance}}"),
            rateOf("buttonwood_websocket_sent_messages_total", "sent {{instance}}"),
          ],
        },
        {
          title: "Bytes that wait",
          description: "For slow clients; one for whom more than 4 MiB wait is cut.",
          unit: Unit.BYTES,
          queries: [{ expr: "buttonwood_websocket_buffered_bytes", legend: "{{instance}}" }],
        },
        {
          title: "Bytes sent",
          description: "What streams and answers take of the network.",
          unit: Unit.BYTES_PER_SECOND,
          queries: [rateOf("buttonwood_websocket_sent_bytes_total")],
        },
      ],
    },
    {
      title: "Limits and keys",
      panels: [
        {
          title: "Refused for too much",
          description: "By type of limit; BANNED are requests of banned addresses.",
          unit: Unit.REQUESTS_PER_SECOND,
          queries: [rateOf("buttonwood_rate_limited_total", "{{limit}}", ["limit"])],
        },
        {
          title: "Banned addresses",
          description: "Addresses that are banned now; all gateways know the same ones.",
          unit: Unit.COUNT,
          queries: [
            { expr: "max(buttonwood_banned_addresses)", legend: "banned" },
            { expr: "max(increase(buttonwood_bans_total[1h]))", legend: "begun within an hour" },
          ],
        },
        {
          title: "API keys",
          description: "Keys that are not revoked, and those revoked or changed within an hour.",
          unit: Unit.COUNT,
          queries: [
            { expr: "max(buttonwood_keys)", legend: "keys" },
            { expr: "max by (change) (increase(buttonwood_key_changes_total[1h]))", legend: "{{change}}" },
          ],
        },
        {
          title: "Certificate",
          description:
            "Time until the certificate ends that clients are shown, where the exchange itself serves TLS.",
          unit: Unit.SECONDS,
          queries: [
            {
              expr: "buttonwood_tls_certificate_expiry_timestamp_seconds - time()",
              legend: "{{instance}}",
            },
          ],
        },
      ],
    },
  ],
};
