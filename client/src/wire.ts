// Made from openapi/openapi.json by `npm run wire`: do not change it by hand.

export interface components {
    schemas: {
        /** @enum {string} */
        Code: "invalid_json" | "invalid_request" | "unauthorized" | "forbidden" | "room_not_found" | "peer_not_found" | "key_not_found" | "not_found" | "method_not_allowed" | "too_many_keys" | "store_full" | "precondition_failed" | "value_too_large" | "body_too_large" | "unsupported_media_type" | "rate_limited" | "internal" | "unavailable";
        Departure: {
            /** @example c7we4hrt2n6s */
            id: string;
            /** @enum {string} */
            reason: "left" | "kicked" | "timeout" | "expired";
        };
        /** @description The last event: coming back with this token is pointless. The peer has left, was put out (kicked) or was silent for too long (timeout), or its JWT has ended (expired); session_over is for an admin that is no peer, when the last peer has gone. */
        EndEvent: {
            /** @enum {string} */
            reason: "left" | "kicked" | "timeout" | "session_over" | "expired";
        };
        Entry: {
            /** @description Ephemeral entries go when the peer goes that wrote them. */
            ephemeral?: boolean;
            /**
             * Format: date-time
             * @description ExpiresAt is when the entry goes by itself; 0 is never.
             */
            expires_at?: string;
            /** @example spotlight */
            key: string;
            /** @example 17 */
            revision: number;
            /** Format: date-time */
            updated_at: string;
            /**
             * @description the id of a peer
             * @example b5kd2mqzx7ya
             */
            updated_by: string;
            /**
             * @description any JSON, as it was sent, without white space between its parts
             * @example {
             *       "slide": 3
             *     }
             */
            value: unknown;
        };
        EntryList: {
            entries: {
                [key: string]: components["schemas"]["Entry"];
            };
            /** @example 17 */
            revision: number;
            /** @example q3hm7vtw2c5ynkxd */
            session: string;
        };
        FieldError: {
            /** @example a key is 1 to 128 bytes, this is 0 */
            detail: string;
            /** @example keys */
            field: string;
        };
        Health: {
            /** @example ok */
            status: string;
        };
        /**
         * @example {
         *       "name": "Ann"
         *     }
         */
        JoinBody: {
            /**
             * @description Name is shown to the other peers; at most 64 characters.
             * @example Ann
             */
            name?: string;
            /**
             * @description Token is that of the own peer, beside a fresh JWT in the header: the peer
             *     stays who it is.
             */
            token?: string;
        };
        Joined: {
            limits: components["schemas"]["Limits"];
            peer: components["schemas"]["JoinedPeer"];
            /** @example 17 */
            revision: number;
            /** @example q3hm7vtw2c5ynkxd */
            session: string;
            /**
             * @description Token is the peer's secret: the bearer token of every other call.
             * @example b5kd2mqzx7ya.MRSW5LTCNBUWY3DPEBLW64TMMQ
             */
            token: string;
        };
        JoinedPeer: {
            /** @example b5kd2mqzx7ya */
            id: string;
            /** Format: date-time */
            joined_at: string;
            /** @example Ann */
            name: string;
            role?: string;
        };
        Limits: {
            /**
             * @description Keys bounds how many keys there are at once.
             * @example 100
             */
            keys: number;
            /**
             * @description TotalBytes bounds all keys and values together, in bytes.
             * @example 65536
             */
            total_bytes: number;
            /**
             * @description ValueBytes bounds one value, in bytes of its compact JSON.
             * @example 1024
             */
            value_bytes: number;
        };
        /**
         * @example {
         *       "remove": [
         *         "pinnedMessage"
         *       ],
         *       "set": {
         *         "spotlight": {
         *           "slide": 4
         *         }
         *       }
         *     }
         */
        PatchBody: {
            /**
             * @description Remove has keys; those that are not there are passed over.
             * @example [
             *       "pinnedMessage"
             *     ]
             */
            remove?: string[];
            /** @description Set has the values, any JSON, by key. */
            set?: {
                [key: string]: unknown;
            };
        };
        Peer: {
            /** @example b5kd2mqzx7ya */
            id: string;
            /** Format: date-time */
            joined_at: string;
            /** @example Ann */
            name: string;
            role: string;
        };
        PeerList: {
            peers: components["schemas"]["Peer"][];
        };
        /** @description Empty parts are left out. A peer that is there already and comes again has another name or role. */
        PeerMoves: {
            joined?: components["schemas"]["Peer"][];
            left?: components["schemas"]["Departure"][];
        };
        /** @description Who is in the room: all, or who has come and gone since the event before. */
        PeersEvent: components["schemas"]["PeerList"] | components["schemas"]["PeerMoves"];
        Problem: {
            /** @example 1300 */
            actual?: number;
            /** @example value_too_large */
            code: components["schemas"]["Code"];
            /** @description Current is the entry as it is, or null: with precondition_failed only. */
            current?: components["schemas"]["Entry"] | null;
            /** @example a value is at most 1024 bytes of compact JSON, the one for "notes" is 1300 */
            detail: string;
            errors?: components["schemas"]["FieldError"][];
            /** @example 1024 */
            limit?: number;
            /** @example 413 */
            status: number;
            /** @example Content Too Large */
            title: string;
            /**
             * @description RFC 9457, 4.2.1: "about:blank" says that the problem has no semantics
             *     beyond the status; ours are in code.
             * @example about:blank
             */
            type: string;
        };
        /**
         * @example {
         *       "value": {
         *         "slide": 3
         *       }
         *     }
         */
        PutBody: {
            /**
             * @description Ephemeral lets the entry go when the peer goes that writes it.
             * @example false
             */
            ephemeral?: boolean;
            /**
             * @description TTL is after how many seconds the entry goes by itself; at most a year.
             * @example 30
             */
            ttl?: number;
            /**
             * @description any JSON; null is a value like any other, no value removes the entry
             * @example {
             *       "slide": 3
             *     }
             */
            value?: unknown;
        };
        Removal: {
            /** @enum {string} */
            reason: "deleted" | "expired" | "owner_left";
            /** @example 18 */
            revision: number;
        };
        RoomState: {
            /**
             * @description Bytes is how many bytes their keys and values have together.
             * @example 73
             */
            bytes: number;
            /** Format: date-time */
            created_at: string;
            /**
             * @description Keys is how many entries there are that the caller may read.
             * @example 2
             */
            keys: number;
            limits: components["schemas"]["Limits"];
            /**
             * @description Peers is how many there are.
             * @example 3
             */
            peers: number;
            /** @example 17 */
            revision: number;
            /** @example standup */
            room: string;
            /** @example q3hm7vtw2c5ynkxd */
            session: string;
        };
        /** @description All observed entries at a position: replace what you hold. */
        SnapshotEvent: {
            entries: {
                [key: string]: components["schemas"]["Entry"];
            };
            /** @example 16 */
            revision: number;
            /** @example q3hm7vtw2c5ynkxd */
            session: string;
        };
        /** @description What has become of observed keys since the event before. Empty parts are left out. */
        UpdateEvent: {
            removed?: {
                [key: string]: components["schemas"]["Removal"];
            };
            /** @example 17 */
            revision: number;
            set?: {
                [key: string]: components["schemas"]["Entry"];
            };
        };
        Written: {
            /** @example 17 */
            revision: number;
            /** @example q3hm7vtw2c5ynkxd */
            session: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
