// Made by `npm run types` from clients/openapi.json, sha256 2f930faf262833f39752327c1ea6f3d1a2478813b43186df1d1c2c5109bdd061
export interface paths {
    "/predict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict
         * @description Predict the emotion of a track: audio, lyrics, embeddings, or a registered track.
         */
        post: operations["predict"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/predict_batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Predict Batch
         * @description Predict many tracks, uploaded or registered; a failed item holds its error.
         */
        post: operations["predict_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Query
         * @description Choose the tracks to ask a user about next.
         */
        post: operations["query"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rank": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rank
         * @description Rank the catalogue by how well tracks fit a quadrant or a point for a user.
         */
        post: operations["rank"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Update
         * @description Record a user's labels, all or none; repeating the call changes nothing.
         *
         *     With `effect` the reply reports what the labels changed on a sample of the catalogue.
         */
        post: operations["update"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tracks/{track_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Track
         * @description Show a track and its prediction.
         */
        get: operations["get_track"];
        /**
         * Put Track
         * @description Register a track, or replace the track with its id.
         *
         *     Repeating the call changes nothing. A track with labels keeps its content: what is heard in the
         *     audio and read in the lyrics, whatever tags the file has. Title, artist and `audio_url` can
         *     always change. Without audio, lyrics and embeddings, only those that are sent change, and null
         *     clears one; with content, a field that is missing is cleared.
         */
        put: operations["put_track"];
        post?: never;
        /**
         * Delete Track
         * @description Delete a track; its labels stay.
         */
        delete: operations["delete_track"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tracks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tracks
         * @description List tracks by id, with predictions of the population model without segments.
         *
         *     With `search`, only those are listed whose title and artist together have all its words. A page
         *     may then hold fewer than `limit` tracks, and even none, although more follow: the list ends
         *     where `next_cursor` is null.
         */
        get: operations["list_tracks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Users
         * @description List the users with recorded labels by id.
         */
        get: operations["list_users"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get User
         * @description Show a summary of a user's labels.
         */
        get: operations["get_user"];
        put?: never;
        post?: never;
        /**
         * Delete User
         * @description Forget a user and everything derived from their labels; unknown users are accepted.
         *
         *     The service records nothing more under this id, so that a late retry cannot restore the user.
         */
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{user_id}/picture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Picture
         * @description Show a user's profile: labels, accuracy, and predictions compared with the population.
         *
         *     `prequential` counts correct forecasts, each made before its answer was learnt.
         */
        get: operations["get_picture"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{user_id}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Labels
         * @description Export a user's log as NDJSON: every answer, correction and retraction.
         */
        get: operations["get_labels"];
        put?: never;
        /**
         * Post Labels
         * @description Import an exported log of this or another service, all lines or none.
         *
         *     Each line keeps its time, and consecutive lines with the same time stay one call. New lines
         *     follow the existing ones in the order of the request. A line with a known `event_id` is a
         *     duplicate, so the same log may be sent again, whole or in parts. A call takes at most 100,000
         *     lines. No line names a user, so any user's log can be imported.
         *
         *     Lines about deleted or unknown tracks are kept, too; `PUT /tracks` may register them later. A
         *     line that is older than the current label of its track is kept without replacing it, unless
         *     `replace` is true.
         */
        post: operations["post_labels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{user_id}/readmit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Readmit User
         * @description Let a forgotten user label again, as a new user; other users are accepted, too.
         */
        post: operations["readmit_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tracks/{track_id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Audio
         * @description Return a track's recording, if it is stored; the header `Range` selects a part.
         */
        get: operations["get_audio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Model
         * @description Show the shared models that are served, with their fusions and strategies.
         */
        get: operations["get_model"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/model/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reload Model
         * @description Make every worker load the snapshots that are in the configured folders now.
         *
         *     The service checks the snapshots first; nothing changes if one cannot be served. The workers
         *     then load them while they answer requests, so the change takes effect after a short time.
         */
        post: operations["reload_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Livez
         * @description Report that the process answers.
         */
        get: operations["livez"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readyz
         * @description Report whether the database, the snapshot and the encoders are available.
         */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Metrics
         * @description Show the metrics of all workers in the format of Prometheus.
         */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Overview
         * @description Show counts, accuracy with and without personalisation, and latency.
         *
         *     The service computes everything for each call. The reply identifies no user.
         */
        get: operations["get_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Accuracy
         * @description Accuracy of forecasts made after `from_labels` to `to_labels` labels.
         *
         *     Each forecast was made before its answer was learnt. `personal` uses the user's labels;
         *     `population` is the population model. `to_labels` is null in the last bin.
         */
        Accuracy: {
            /** From Labels */
            from_labels: number;
            /** To Labels */
            to_labels: number | null;
            /** N */
            n: number;
            /** N Users */
            n_users: number;
            personal: components["schemas"]["Share"];
            population: components["schemas"]["Share"];
            gain: components["schemas"]["Gain"];
        };
        /**
         * AskedTrack
         * @description A track to ask about; a higher score means more informative.
         *
         *     `is_random` tracks were drawn uniformly from the remaining tracks; those drawn by a mixture
         *     have score 0. `propensity` is the probability that the place went to this track, given the
         *     places before it; it is null for strategies without randomness and with `playable`. A track
         *     that `is_repeat` was labelled before; its score is 0.
         */
        AskedTrack: {
            /** Track Id */
            track_id: string;
            /** Score */
            score: number;
            /** Is Random */
            is_random: boolean;
            /** Propensity */
            propensity: number | null;
            /** Is Repeat */
            is_repeat: boolean;
        };
        /**
         * AxisDifference
         * @description Personal minus population prediction on one axis: mean and deviation over the sample.
         */
        AxisDifference: {
            /** Mean */
            mean: number;
            /** Sd */
            sd: number;
        };
        /**
         * Batch
         * @description One item for each track of the request, in the same order.
         * @example {
         *       "items": [
         *         {
         *           "prediction": {
         *             "quadrant": "Q2",
         *             "probabilities": {
         *               "Q1": 0.24,
         *               "Q2": 0.54,
         *               "Q3": 0.14,
         *               "Q4": 0.08
         *             },
         *             "valence": {
         *               "mean": -0.21,
         *               "sd": 0.33
         *             },
         *             "arousal": {
         *               "mean": 0.38,
         *               "sd": 0.3
         *             },
         *             "entropy": 1.153,
         *             "ambiguous": false,
         *             "set": {
         *               "quadrants": [
         *                 "Q2",
         *                 "Q1"
         *               ],
         *               "coverage": 0.8
         *             },
         *             "why": {
         *               "population": {
         *                 "log_odds": {
         *                   "Q1": 0.207,
         *                   "Q2": 1.018,
         *                   "Q3": -0.332,
         *                   "Q4": -0.892
         *                 },
         *                 "share": 1
         *               },
         *               "others": {
         *                 "log_odds": {
         *                   "Q1": 0,
         *                   "Q2": 0,
         *                   "Q3": 0,
         *                   "Q4": 0
         *                 },
         *                 "share": 0
         *               },
         *               "level": {
         *                 "log_odds": {
         *                   "Q1": 0,
         *                   "Q2": 0,
         *                   "Q3": 0,
         *                   "Q4": 0
         *                 },
         *                 "share": 0
         *               },
         *               "taste": {
         *                 "log_odds": {
         *                   "Q1": 0,
         *                   "Q2": 0,
         *                   "Q3": 0,
         *                   "Q4": 0
         *                 },
         *                 "share": 0
         *               },
         *               "words": "By its lyrics most people would call it tense."
         *             },
         *             "fusion": "log_opinion",
         *             "modalities": {
         *               "lyrics": {
         *                 "Q1": 0.24,
         *                 "Q2": 0.54,
         *                 "Q3": 0.14,
         *                 "Q4": 0.08
         *               }
         *             },
         *             "segments": [],
         *             "personal": {
         *               "user_id": "ana",
         *               "n_labels": 1,
         *               "used": false
         *             },
         *             "notices": [],
         *             "model": {
         *               "snapshot": "5662bc4947fa"
         *             }
         *           },
         *           "error": null
         *         }
         *       ]
         *     }
         */
        Batch: {
            /** Items */
            items: components["schemas"]["BatchItem"][];
        };
        /**
         * BatchItem
         * @description One item's prediction, or its error.
         */
        BatchItem: {
            prediction?: components["schemas"]["Prediction"] | null;
            error?: components["schemas"]["ItemError"] | null;
        };
        /**
         * Checks
         * @description The result of each readiness check.
         */
        Checks: {
            /**
             * Database
             * @enum {string}
             */
            database: "ok" | "failed" | "silent";
            /**
             * Snapshot
             * @enum {string}
             */
            snapshot: "ok" | "failed" | "silent";
            /**
             * Encoders
             * @enum {string}
             */
            encoders: "ok" | "failed" | "silent";
        };
        /**
         * Coordinate
         * @description Valence or arousal: from -1 (unpleasant, quiet) to 1 (pleasant, energetic).
         */
        Coordinate: {
            /**
             * Mean
             * @description The expected coordinate. In a prediction, valence and arousal lie in the likeliest quadrant; 0 belongs to the positive side.
             */
            mean: number;
            /**
             * Sd
             * @description Standard deviation of the user's answer around the mean.
             */
            sd: number;
        };
        /**
         * CrowdCount
         * @description Number of users with labels on `from` to `to` tracks; `to` is null in the last bin.
         */
        CrowdCount: {
            /** From */
            from: number;
            /** To */
            to: number | null;
            /** N Users */
            n_users: number;
        };
        /**
         * CurvePiece
         * @description Accuracy of the forecasts made after `from_labels` to `to_labels` labels.
         */
        CurvePiece: {
            /** From Labels */
            from_labels: number;
            /** To Labels */
            to_labels: number;
            personal: components["schemas"]["Share"];
            population: components["schemas"]["Share"];
        };
        /**
         * DayCount
         * @description Labels recorded on a day (UTC); corrections count, retractions do not.
         */
        DayCount: {
            /**
             * Day
             * Format: date
             */
            day: string;
            /** N Labels */
            n_labels: number;
            /** N Users */
            n_users: number;
        };
        /**
         * Density
         * @description Density of predictions on the cells of the valence-arousal plane; sums to 1.
         *
         *     Rows are arousal and columns valence, from low to high, at the centres in `axis`.
         */
        Density: {
            /** Density */
            density: number[][];
        };
        /**
         * DifferentTrack
         * @description A track with different predictions for the user and by the population model.
         */
        DifferentTrack: {
            /** Track Id */
            track_id: string;
            /** Title */
            title: string | null;
            /** Artist */
            artist: string | null;
            personal: components["schemas"]["Point"];
            population: components["schemas"]["Point"];
        };
        /**
         * EffectMove
         * @description Number of tracks whose likeliest quadrant moved from one to another.
         */
        EffectMove: {
            from: components["schemas"]["Quadrant"];
            to: components["schemas"]["Quadrant"];
            /** N */
            n: number;
        };
        /**
         * Gain
         * @description The personal share minus the population's, with a 95 % interval over users.
         *
         *     All values are null for fewer than two users.
         */
        Gain: {
            /** Value */
            value: number | null;
            /** Low */
            low: number | null;
            /** High */
            high: number | null;
        };
        /**
         * Habit
         * @description How often the user gives an answer: `n` times, against `expected` times by the population.
         *
         *     Both are over the tracks of the newest 500 labels; `expected` is the sum of the probabilities
         *     under the population model.
         */
        Habit: {
            quadrant: components["schemas"]["Quadrant"];
            /** N */
            n: number;
            /** Expected */
            expected: number;
        };
        /**
         * ImportOut
         * @description The result of importing a log.
         *
         *     `accepted` lines were new, `duplicates` were recorded before; `n_labels` counts the tracks
         *     that the user has labelled now. Of the new lines, `older` had a newer label of their track: the
         *     log keeps them, and the newer label stays current. `n_unregistered` tracks of new lines were
         *     deleted or never registered here; their labels are kept, and `PUT /tracks` accepts the tracks.
         *     `unregistered` holds the ids of the first hundred in order. `effect` is null.
         * @example {
         *       "accepted": 3,
         *       "duplicates": 0,
         *       "n_labels": 2,
         *       "personal": {
         *         "user_id": "ana",
         *         "n_labels": 2,
         *         "used": false
         *       },
         *       "effect": null,
         *       "older": 1,
         *       "n_unregistered": 1,
         *       "unregistered": [
         *         "demo-market-day"
         *       ]
         *     }
         */
        ImportOut: {
            /** Accepted */
            accepted: number;
            /** Duplicates */
            duplicates: number;
            /** N Labels */
            n_labels: number;
            personal: components["schemas"]["Personal"];
            effect: components["schemas"]["UpdateEffect"] | null;
            /** Older */
            older: number;
            /** N Unregistered */
            n_unregistered: number;
            /** Unregistered */
            unregistered: string[];
        };
        /**
         * ItemError
         * @description The error of an item; `code` is one of the codes of a problem.
         */
        ItemError: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
        };
        /**
         * Latency
         * @description Latency of a route since the workers started.
         *
         *     Quantiles come from the buckets of `attune_request_seconds`, interpolated linearly.
         */
        Latency: {
            /** Method */
            method: string;
            /** Route */
            route: string;
            /** N */
            n: number;
            /** P50 S */
            p50_s: number;
            /** P95 S */
            p95_s: number;
            /** P99 S */
            p99_s: number;
        };
        /**
         * LikelySet
         * @description The quadrants that contain the user's answer with probability `coverage`.
         *
         *     Split conformal prediction: a quadrant belongs to the set if its probability reaches a limit
         *     that was fitted to held-out answers of the same group. Requests without a user and users
         *     without labels use a limit fitted to listeners without known labels; users with labels use one
         *     fitted to listeners whose other labels were all known, and from 30 labels on one fitted to
         *     their own. Tracks with votes of other users have a limit of their own. Under the committee
         *     personaliser the limit is fitted to labels of tracks that the shared models were not trained
         *     on. Two more rules hold: the set always contains the likeliest quadrant, and also the second
         *     likeliest if no quadrant has a probability of one half. The two likeliest always have one half
         *     together.
         */
        LikelySet: {
            /**
             * Quadrants
             * @description The likeliest first; at least one, and at least two if `ambiguous`.
             */
            quadrants: components["schemas"]["Quadrant"][];
            /**
             * Coverage
             * @description Share of answers that such sets contain; 0.8 today.
             */
            coverage: number;
        };
        /**
         * ListenerPrior
         * @description The prior over listeners, used for a user without labels.
         */
        ListenerPrior: {
            /**
             * Kappa
             * @description Weight of the shared models, as a number of votes.
             */
            kappa: number;
            /**
             * Gamma
             * @description Exponent of the shared distribution in one listener's prediction.
             */
            gamma: number;
            /**
             * Tau
             * @description Variance between listeners of the level, in squared log-odds.
             */
            tau: number;
            /**
             * Omega
             * @description Variance between listeners of the taste, in squared log-odds.
             */
            omega: number;
        };
        /**
         * ListenerPriorComparison
         * @description Negative log-likelihood, in nats per answer, of answers that neither prior was fitted to.
         *
         *     `low` and `high` bound a 95 % interval over users for `learnt - shipped`; null for a single
         *     user.
         */
        ListenerPriorComparison: {
            /** N Answers */
            n_answers: number;
            /** N Users */
            n_users: number;
            /** Shipped */
            shipped: number;
            /** Learnt */
            learnt: number;
            /** Low */
            low: number | null;
            /** High */
            high: number | null;
        };
        /**
         * Listeners
         * @description The prior over listeners, shipped with the snapshot or learnt from the service's users.
         *
         *     `state` is `few` while fewer than `n_needed` users have `n_answers_each` labels, `waiting`
         *     until the next calibration, `worse` if the learnt prior predicted no better than the shipped
         *     one, and `learnt` if it is in use. `n_users` is the number of users with that many labels now.
         *     `n_fitted` is the number of answers that the learnt prior was fitted to.
         */
        Listeners: {
            /**
             * State
             * @enum {string}
             */
            state: "few" | "waiting" | "worse" | "learnt";
            /** N Users */
            n_users: number;
            /** N Needed */
            n_needed: number;
            /** N Answers Each */
            n_answers_each: number;
            shipped: components["schemas"]["ListenerPrior"];
            learnt: components["schemas"]["ListenerPrior"] | null;
            /** N Fitted */
            n_fitted: number;
            judged: components["schemas"]["ListenerPriorComparison"] | null;
            /** Calibrated At */
            calibrated_at: string | null;
        };
        /**
         * MeanDifference
         * @description Mean of `n` paired differences, with Student's 95 % interval, null for `n` = 1.
         */
        MeanDifference: {
            /** N */
            n: number;
            /** Value */
            value: number;
            /** Low */
            low: number | null;
            /** High */
            high: number | null;
        };
        /**
         * Modality
         * @description A source of features of a track.
         * @enum {string}
         */
        Modality: "audio" | "lyrics";
        /**
         * ModelCalibration
         * @description The calibration that shifts the shared models' zero points to the catalogue.
         */
        ModelCalibration: {
            /** Version */
            version: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** N Tracks */
            n_tracks: number;
            /** N Answers */
            n_answers: number;
        };
        /**
         * ModelCandidate
         * @description A second snapshot on trial, and the share of users that it answers.
         */
        ModelCandidate: {
            /** Snapshot */
            snapshot: string;
            /** Share */
            share: number;
        };
        /**
         * ModelInfo
         * @description The shared models that are served, with their fusions and strategies.
         *
         *     `embeddings` holds the length of the audio and lyrics embeddings that the models read; it is
         *     null for models that read recordings and lyrics themselves. `candidate` is null unless a second
         *     snapshot answers a share of users. `calibration` is null unless one is in use.
         * @example {
         *       "snapshot": "5662bc4947fa",
         *       "features": "a6907a7a5f982f278377d9203f8c9f205f0bcd8c3386367be8c6e1c3b402164d",
         *       "embeddings": null,
         *       "modalities": [
         *         "audio",
         *         "lyrics"
         *       ],
         *       "fusions": [
         *         "audio",
         *         "average",
         *         "log_opinion",
         *         "lyrics"
         *       ],
         *       "default_fusion": "log_opinion",
         *       "strategies": [
         *         "mc",
         *         "rand",
         *         "diverse"
         *       ],
         *       "candidate": null,
         *       "calibration": {
         *         "version": "0c6f2a51d9e3",
         *         "created_at": "2026-11-30T09:00:00Z",
         *         "n_tracks": 412,
         *         "n_answers": 96
         *       },
         *       "manifest": {
         *         "version": "5662bc4947fa",
         *         "seed": 0
         *       }
         *     }
         */
        ModelInfo: {
            /** Snapshot */
            snapshot: string;
            /** Features */
            features: string;
            /** Embeddings */
            embeddings: Partial<Record<components["schemas"]["Modality"], number>> | null;
            /** Modalities */
            modalities: components["schemas"]["Modality"][];
            /** Fusions */
            fusions: string[];
            /** Default Fusion */
            default_fusion: string;
            /** Strategies */
            strategies: string[];
            candidate: components["schemas"]["ModelCandidate"] | null;
            calibration: components["schemas"]["ModelCalibration"] | null;
            /** Manifest */
            manifest: {
                [key: string]: unknown;
            };
        };
        /**
         * ModelReload
         * @description The snapshots that the configured folders hold now.
         *
         *     `previous` is the version that the answering worker has served so far. `is_new` is true if the
         *     snapshot or the candidate will change.
         * @example {
         *       "version": "5662bc4947fa",
         *       "previous": "5662bc4947fa",
         *       "candidate": null,
         *       "is_new": false
         *     }
         */
        ModelReload: {
            /** Version */
            version: string;
            /** Previous */
            previous: string;
            /** Candidate */
            candidate: string | null;
            /** Is New */
            is_new: boolean;
        };
        /**
         * ModelVersion
         * @description The shared models that computed the reply.
         */
        ModelVersion: {
            /** Snapshot */
            snapshot: string;
        };
        /**
         * MovedTrack
         * @description A track whose likeliest quadrant changed.
         */
        MovedTrack: {
            /** Track Id */
            track_id: string;
            /** Title */
            title: string | null;
            /** Artist */
            artist: string | null;
            from: components["schemas"]["Quadrant"];
            to: components["schemas"]["Quadrant"];
        };
        /**
         * Notice
         * @description Content of the track that is not used, not as it is, or that was read by a guess.
         */
        Notice: {
            /**
             * Code
             * @description For programs. `lyrics_language`: lyrics in a language that no encoder reads; `lyrics_no_words`: lyrics without words; `lyrics_cut`: lyrics that are too long; `lyrics_encoding`: lyrics in a guessed encoding, or with broken characters; `lyrics_unreadable`: a file of lyrics that is no text; `stale_features`: features that only an earlier snapshot reads; `votes_only`: features that no served snapshot reads, so only other users' labels predict the track; `audio_scaled`: samples in integer units in a floating-point file, divided by full scale. More codes may be added.
             */
            code: string;
            /**
             * Message
             * @description For people: what is not used or guessed, and why.
             */
            message: string;
        };
        /**
         * Overview
         * @description Counts of users, labels and tracks, and the accuracy of forecasts.
         *
         *     `n_users` counts users with a label, `n_labels` their current labels. `labels_per_day` holds
         *     the last 90 days. Shares are over answers from `POST /update`; groups without answers are left
         *     out. Intervals are over users.
         * @example {
         *       "at": "2026-04-08T20:00:00Z",
         *       "n_users": 2,
         *       "n_labels": 20,
         *       "n_tracks": 12,
         *       "labels_per_day": [
         *         {
         *           "day": "2026-04-08",
         *           "n_labels": 20,
         *           "n_users": 2
         *         }
         *       ],
         *       "users_by_labels": [
         *         {
         *           "from": 1,
         *           "to": null,
         *           "n_users": 2
         *         }
         *       ],
         *       "accuracy": [
         *         {
         *           "from_labels": 0,
         *           "to_labels": 19,
         *           "n": 20,
         *           "n_users": 2,
         *           "personal": {
         *             "n": 20,
         *             "hits": 13,
         *             "value": 0.65,
         *             "low": 0.433,
         *             "high": 0.819
         *           },
         *           "population": {
         *             "n": 20,
         *             "hits": 11,
         *             "value": 0.55,
         *             "low": 0.342,
         *             "high": 0.742
         *           },
         *           "gain": {
         *             "value": 0.1,
         *             "low": -0.05,
         *             "high": 0.25
         *           }
         *         }
         *       ],
         *       "strategies": [
         *         {
         *           "strategy": "diverse",
         *           "n": 20,
         *           "n_users": 2,
         *           "personal": {
         *             "n": 20,
         *             "hits": 13,
         *             "value": 0.65,
         *             "low": 0.433,
         *             "high": 0.819
         *           },
         *           "population": {
         *             "n": 20,
         *             "hits": 11,
         *             "value": 0.55,
         *             "low": 0.342,
         *             "high": 0.742
         *           },
         *           "gain": {
         *             "value": 0.1,
         *             "low": -0.05,
         *             "high": 0.25
         *           }
         *         }
         *       ],
         *       "snapshots": [
         *         {
         *           "snapshot": "5662bc4947fa",
         *           "role": "primary",
         *           "n": 20,
         *           "n_users": 2,
         *           "personal": {
         *             "n": 20,
         *             "hits": 13,
         *             "value": 0.65,
         *             "low": 0.433,
         *             "high": 0.819
         *           },
         *           "population": {
         *             "n": 20,
         *             "hits": 11,
         *             "value": 0.55,
         *             "low": 0.342,
         *             "high": 0.742
         *           },
         *           "gain": {
         *             "value": 0.1,
         *             "low": -0.05,
         *             "high": 0.25
         *           },
         *           "first_at": "2026-04-08T19:30:00Z",
         *           "last_at": "2026-04-08T19:30:00Z"
         *         }
         *       ],
         *       "listeners": {
         *         "state": "learnt",
         *         "n_users": 24,
         *         "n_needed": 20,
         *         "n_answers_each": 5,
         *         "shipped": {
         *           "kappa": 3,
         *           "gamma": 0.6,
         *           "tau": 0.4,
         *           "omega": 0.1
         *         },
         *         "learnt": {
         *           "kappa": 4.1,
         *           "gamma": 0.5,
         *           "tau": 0.5,
         *           "omega": 0.08
         *         },
         *         "n_fitted": 412,
         *         "judged": {
         *           "n_answers": 137,
         *           "n_users": 15,
         *           "shipped": 0.912,
         *           "learnt": 0.897,
         *           "low": -0.027,
         *           "high": -0.003
         *         },
         *         "calibrated_at": "2026-04-08T19:30:00Z"
         *       },
         *       "latency": [
         *         {
         *           "method": "POST",
         *           "route": "/query",
         *           "n": 9,
         *           "p50_s": 0.01,
         *           "p95_s": 0.02,
         *           "p99_s": 0.03
         *         }
         *       ]
         *     }
         */
        Overview: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** N Users */
            n_users: number;
            /** N Labels */
            n_labels: number;
            /** N Tracks */
            n_tracks: number;
            /** Labels Per Day */
            labels_per_day: components["schemas"]["DayCount"][];
            /** Users By Labels */
            users_by_labels: components["schemas"]["CrowdCount"][];
            /** Accuracy */
            accuracy: components["schemas"]["Accuracy"][];
            /** Strategies */
            strategies: components["schemas"]["StrategyAccuracy"][];
            /** Snapshots */
            snapshots: components["schemas"]["SnapshotAccuracy"][];
            listeners: components["schemas"]["Listeners"];
            /** Latency */
            latency: components["schemas"]["Latency"][];
        };
        /**
         * OwnConsistency
         * @description How consistently the user answers repeated questions.
         *
         *     It is no upper bound for accuracy. `distance` is the root mean squared distance on the plane,
         *     null without points.
         */
        OwnConsistency: {
            /** N */
            n: number;
            same_quadrant: components["schemas"]["Share"] | null;
            /** Distance */
            distance: number | null;
        };
        /**
         * OwnTrack
         * @description A track whose likeliest quadrant for the user is `quadrant`, with its probability.
         *
         *     `playable` tells whether `audio_url` of `GET /tracks/{track_id}` can be played.
         */
        OwnTrack: {
            /** Track Id */
            track_id: string;
            /** Title */
            title: string | null;
            /** Artist */
            artist: string | null;
            quadrant: components["schemas"]["Quadrant"];
            /** Probability */
            probability: number;
            /** Playable */
            playable: boolean;
        };
        /**
         * PairedForecasts
         * @description Personal against population forecasts of the same answers, each made before its answer.
         *
         *     Of `n` answers, `both` counts those that both forecast correctly, `only_personal` and
         *     `only_population` those that one forecast correctly, and `neither` the rest. `p_value` is that
         *     of the exact two-sided McNemar test. `log_likelihood` is the personal minus the population
         *     log-probability of the answered quadrant, in nats per answer; null if no probability is stored,
         *     as for corrected answers.
         */
        PairedForecasts: {
            /** N */
            n: number;
            /** Both */
            both: number;
            /** Only Personal */
            only_personal: number;
            /** Only Population */
            only_population: number;
            /** Neither */
            neither: number;
            /** P Value */
            p_value: number;
            log_likelihood: components["schemas"]["MeanDifference"] | null;
        };
        /**
         * Part
         * @description The contribution of one source to the distribution.
         */
        Part: {
            /**
             * Log Odds
             * @description Added to the log-odds of each quadrant: above 0 favours it, below 0 disfavours it. A part's four numbers sum to 0. Their sum over the four parts is the logarithm of `probabilities`, up to a constant of the track.
             */
            log_odds: Record<components["schemas"]["Quadrant"], number>;
            /**
             * Share
             * @description Sum of |`log_odds`| of this part, divided by the same sum over the four parts; the four shares sum to 1.
             */
            share: number;
        };
        /**
         * Personal
         * @description How the user's own labels take part in a reply.
         */
        Personal: {
            /** User Id */
            user_id: string;
            /**
             * N Labels
             * @description Number of tracks that the user has labelled.
             */
            n_labels: number;
            /**
             * Used
             * @description Whether the reply uses these labels. It does from the first label on, except under the committee personaliser, where some tracks' predictions do not.
             */
            used: boolean;
        };
        /**
         * Picture
         * @description The profile of a user.
         *
         *     `labels` holds the current labels, newest first, at most 2,000. `personal` and `population` are
         *     densities of the predictions for the catalogue (a fixed sample of a long one), for this user
         *     and by the population model. `used` tells whether the user's labels change their predictions.
         *     `habits` has one entry for each quadrant; `own_tracks` holds at most five tracks of each, the
         *     likeliest first, without tracks that the user put into another quadrant.
         * @example {
         *       "user_id": "ana",
         *       "n_labels": 1,
         *       "n_cant_tell": 0,
         *       "labels": [
         *         {
         *           "track_id": "demo-battle-theme",
         *           "quadrant": "Q2",
         *           "valence": -0.4,
         *           "arousal": 0.8,
         *           "liking": 4,
         *           "familiarity": 1,
         *           "created_at": "2026-04-08T19:30:00Z",
         *           "title": "Battle Theme",
         *           "artist": "Attune"
         *         }
         *       ],
         *       "axis": [
         *         -1,
         *         0,
         *         1
         *       ],
         *       "personal": {
         *         "density": [
         *           [
         *             0.05,
         *             0.1,
         *             0.05
         *           ],
         *           [
         *             0.1,
         *             0.2,
         *             0.1
         *           ],
         *           [
         *             0.2,
         *             0.15,
         *             0.05
         *           ]
         *         ]
         *       },
         *       "population": {
         *         "density": [
         *           [
         *             0.05,
         *             0.1,
         *             0.05
         *           ],
         *           [
         *             0.1,
         *             0.4,
         *             0.1
         *           ],
         *           [
         *             0.05,
         *             0.1,
         *             0.05
         *           ]
         *         ]
         *       },
         *       "difference": {
         *         "valence": {
         *           "mean": -0.08,
         *           "sd": 0.04
         *         },
         *         "arousal": {
         *           "mean": 0.05,
         *           "sd": 0.03
         *         },
         *         "tracks": [
         *           {
         *             "track_id": "demo-battle-theme",
         *             "title": "Battle Theme",
         *             "artist": "Attune",
         *             "personal": {
         *               "valence": -0.34,
         *               "arousal": 0.52
         *             },
         *             "population": {
         *               "valence": -0.21,
         *               "arousal": 0.38
         *             }
         *           }
         *         ]
         *       },
         *       "prequential": {
         *         "n": 20,
         *         "personal": {
         *           "n": 20,
         *           "hits": 13,
         *           "value": 0.65,
         *           "low": 0.433,
         *           "high": 0.819
         *         },
         *         "population": {
         *           "n": 20,
         *           "hits": 11,
         *           "value": 0.55,
         *           "low": 0.342,
         *           "high": 0.742
         *         },
         *         "curve": [
         *           {
         *             "from_labels": 0,
         *             "to_labels": 19,
         *             "personal": {
         *               "n": 20,
         *               "hits": 13,
         *               "value": 0.65,
         *               "low": 0.433,
         *               "high": 0.819
         *             },
         *             "population": {
         *               "n": 20,
         *               "hits": 11,
         *               "value": 0.55,
         *               "low": 0.342,
         *               "high": 0.742
         *             }
         *           }
         *         ]
         *       },
         *       "consistency": {
         *         "n": 0,
         *         "same_quadrant": null,
         *         "distance": null
         *       },
         *       "paired": {
         *         "n": 20,
         *         "both": 10,
         *         "only_personal": 3,
         *         "only_population": 1,
         *         "neither": 6,
         *         "p_value": 0.625,
         *         "log_likelihood": {
         *           "n": 20,
         *           "value": 0.08,
         *           "low": -0.05,
         *           "high": 0.21
         *         }
         *       },
         *       "habits": [
         *         {
         *           "quadrant": "Q1",
         *           "n": 0,
         *           "expected": 0.24
         *         },
         *         {
         *           "quadrant": "Q2",
         *           "n": 1,
         *           "expected": 0.54
         *         },
         *         {
         *           "quadrant": "Q3",
         *           "n": 0,
         *           "expected": 0.14
         *         },
         *         {
         *           "quadrant": "Q4",
         *           "n": 0,
         *           "expected": 0.08
         *         }
         *       ],
         *       "own_tracks": [
         *         {
         *           "track_id": "demo-battle-theme",
         *           "title": "Battle Theme",
         *           "artist": "Attune",
         *           "quadrant": "Q2",
         *           "probability": 0.54,
         *           "playable": true
         *         }
         *       ],
         *       "used": true,
         *       "model": {
         *         "snapshot": "5662bc4947fa"
         *       }
         *     }
         */
        Picture: {
            /** User Id */
            user_id: string;
            /** N Labels */
            n_labels: number;
            /** N Cant Tell */
            n_cant_tell: number;
            /** Labels */
            labels: components["schemas"]["PlacedLabel"][];
            /** Axis */
            axis: number[];
            personal: components["schemas"]["Density"];
            population: components["schemas"]["Density"];
            difference: components["schemas"]["PictureDifference"];
            prequential: components["schemas"]["PrequentialHits"];
            consistency: components["schemas"]["OwnConsistency"];
            paired: components["schemas"]["PairedForecasts"];
            /** Habits */
            habits: components["schemas"]["Habit"][];
            /** Own Tracks */
            own_tracks: components["schemas"]["OwnTrack"][];
            /** Used */
            used: boolean;
            model: components["schemas"]["ModelVersion"];
        };
        /**
         * PictureDifference
         * @description How the user's predictions differ from those of the population model.
         */
        PictureDifference: {
            valence: components["schemas"]["AxisDifference"];
            arousal: components["schemas"]["AxisDifference"];
            /** Tracks */
            tracks: components["schemas"]["DifferentTrack"][];
        };
        /**
         * PlacedLabel
         * @description A current label, with the title and artist of its track.
         */
        PlacedLabel: {
            /** Track Id */
            track_id: string;
            /** Title */
            title: string | null;
            /** Artist */
            artist: string | null;
            quadrant: components["schemas"]["Quadrant"];
            /** Valence */
            valence: number | null;
            /** Arousal */
            arousal: number | null;
            /** Liking */
            liking: number | null;
            /** Familiarity */
            familiarity: number | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
        };
        /**
         * Point
         * @description A point on the valence-arousal plane.
         */
        Point: {
            /** Valence */
            valence: number;
            /** Arousal */
            arousal: number;
        };
        /**
         * Prediction
         * @description The predicted emotion of a track: quadrant, set, point and parts of one distribution.
         *
         *     Without `user_id` the prediction is that of a user without labels; it includes other users'
         *     labels of the track.
         * @example {
         *       "quadrant": "Q2",
         *       "probabilities": {
         *         "Q1": 0.24,
         *         "Q2": 0.54,
         *         "Q3": 0.14,
         *         "Q4": 0.08
         *       },
         *       "valence": {
         *         "mean": -0.21,
         *         "sd": 0.33
         *       },
         *       "arousal": {
         *         "mean": 0.38,
         *         "sd": 0.3
         *       },
         *       "entropy": 1.153,
         *       "ambiguous": false,
         *       "set": {
         *         "quadrants": [
         *           "Q2",
         *           "Q1"
         *         ],
         *         "coverage": 0.8
         *       },
         *       "why": {
         *         "population": {
         *           "log_odds": {
         *             "Q1": 0.207,
         *             "Q2": 1.018,
         *             "Q3": -0.332,
         *             "Q4": -0.892
         *           },
         *           "share": 1
         *         },
         *         "others": {
         *           "log_odds": {
         *             "Q1": 0,
         *             "Q2": 0,
         *             "Q3": 0,
         *             "Q4": 0
         *           },
         *           "share": 0
         *         },
         *         "level": {
         *           "log_odds": {
         *             "Q1": 0,
         *             "Q2": 0,
         *             "Q3": 0,
         *             "Q4": 0
         *           },
         *           "share": 0
         *         },
         *         "taste": {
         *           "log_odds": {
         *             "Q1": 0,
         *             "Q2": 0,
         *             "Q3": 0,
         *             "Q4": 0
         *           },
         *           "share": 0
         *         },
         *         "words": "By its lyrics most people would call it tense."
         *       },
         *       "fusion": "log_opinion",
         *       "modalities": {
         *         "lyrics": {
         *           "Q1": 0.24,
         *           "Q2": 0.54,
         *           "Q3": 0.14,
         *           "Q4": 0.08
         *         }
         *       },
         *       "segments": [],
         *       "personal": {
         *         "user_id": "ana",
         *         "n_labels": 1,
         *         "used": false
         *       },
         *       "notices": [],
         *       "model": {
         *         "snapshot": "5662bc4947fa"
         *       }
         *     }
         */
        Prediction: {
            /** @description The likeliest quadrant. */
            quadrant: components["schemas"]["Quadrant"];
            /**
             * Probabilities
             * @description Probability that the user puts the track in each quadrant; sums to 1.
             */
            probabilities: Record<components["schemas"]["Quadrant"], number>;
            valence: components["schemas"]["Coordinate"];
            arousal: components["schemas"]["Coordinate"];
            /**
             * Entropy
             * @description Entropy of `probabilities` in nats: 0 if one quadrant is certain, ln 4 = 1.386 if all are equally likely.
             */
            entropy: number;
            /**
             * Ambiguous
             * @description Whether no quadrant has a probability of at least 0.5.
             */
            ambiguous: boolean;
            /** @description Null if the coverage is unknown: for a fusion other than the default, for a track predicted by an earlier snapshot, and where the committee was trained on the user's labels. */
            set: components["schemas"]["LikelySet"] | null;
            why: components["schemas"]["Why"];
            /**
             * Fusion
             * @description The rule that joined audio and lyrics.
             */
            fusion: string;
            /**
             * Modalities
             * @description Predictions of the shared models by audio alone and by lyrics alone, on consensus labels. A missing modality is absent; one that could not be read is null and has a notice.
             */
            modalities: Partial<Record<components["schemas"]["Modality"], Record<components["schemas"]["Quadrant"], number> | null>>;
            /**
             * Segments
             * @description Segments of the recording in time; empty without a recording, and for registered tracks whose segments the service does not store.
             */
            segments: components["schemas"]["Segment"][];
            /** @description Null without a user. */
            personal: components["schemas"]["Personal"] | null;
            /**
             * Notices
             * @description What is not used or was guessed; empty if all is used. What was guessed or cut in lyrics is said in the reply to the request that holds them.
             */
            notices: components["schemas"]["Notice"][];
            model: components["schemas"]["ModelVersion"];
        };
        /**
         * PrequentialHits
         * @description Accuracy of forecasts of the user's answers, each made before its answer was learnt.
         *
         *     `personal` uses the user's labels; `population` is the population model. Both are null without
         *     forecasts.
         */
        PrequentialHits: {
            /** N */
            n: number;
            personal: components["schemas"]["Share"] | null;
            population: components["schemas"]["Share"] | null;
            /** Curve */
            curve: components["schemas"]["CurvePiece"][];
        };
        /**
         * Quadrant
         * @description A quarter of the valence-arousal plane.
         * @enum {string}
         */
        Quadrant: "Q1" | "Q2" | "Q3" | "Q4";
        /**
         * QueryOut
         * @description The tracks to ask about, the most informative first.
         * @example {
         *       "tracks": [
         *         {
         *           "track_id": "demo-battle-theme",
         *           "score": 0.71,
         *           "is_random": false,
         *           "propensity": null,
         *           "is_repeat": false
         *         }
         *       ],
         *       "strategy": "diverse",
         *       "model": {
         *         "snapshot": "5662bc4947fa"
         *       }
         *     }
         */
        QueryOut: {
            /** Tracks */
            tracks: components["schemas"]["AskedTrack"][];
            /** Strategy */
            strategy: string;
            model: components["schemas"]["ModelVersion"];
        };
        /**
         * RankOut
         * @description The tracks that fit best, best first; `next_cursor` is null on the last page.
         *
         *     `changed` is true if labels, the catalogue or the shared models changed since the previous
         *     page: a track may then appear twice, or not at all.
         * @example {
         *       "tracks": [
         *         {
         *           "track_id": "demo-battle-theme",
         *           "score": 0.54,
         *           "probability": 0.54,
         *           "valence": {
         *             "mean": -0.21,
         *             "sd": 0.33
         *           },
         *           "arousal": {
         *             "mean": 0.38,
         *             "sd": 0.3
         *           }
         *         }
         *       ],
         *       "next_cursor": null,
         *       "changed": false,
         *       "personal": {
         *         "user_id": "ana",
         *         "n_labels": 1,
         *         "used": false
         *       },
         *       "model": {
         *         "snapshot": "5662bc4947fa"
         *       }
         *     }
         */
        RankOut: {
            /** Tracks */
            tracks: components["schemas"]["RankedTrack"][];
            /** Next Cursor */
            next_cursor: string | null;
            /** Changed */
            changed: boolean;
            personal: components["schemas"]["Personal"];
            model: components["schemas"]["ModelVersion"];
        };
        /**
         * RankedTrack
         * @description A ranked track; a higher score comes first.
         *
         *     For a quadrant, `score` is `probability`: that the user puts the track there. For a point,
         *     `score` is minus the root of the expected squared distance between the user's answer and the
         *     point, in valence and arousal, and `probability` is null.
         */
        RankedTrack: {
            /** Track Id */
            track_id: string;
            /** Score */
            score: number;
            /** Probability */
            probability: number | null;
            valence: components["schemas"]["Coordinate"];
            arousal: components["schemas"]["Coordinate"];
        };
        /**
         * Ready
         * @description The worker can answer.
         * @example {
         *       "status": "ready",
         *       "checks": {
         *         "database": "ok",
         *         "snapshot": "ok",
         *         "encoders": "ok"
         *       }
         *     }
         */
        Ready: {
            /**
             * Status
             * @constant
             */
            status: "ready";
            checks: components["schemas"]["Checks"];
        };
        /**
         * Segment
         * @description The prediction for a segment of the recording, by the same rules as the whole.
         */
        Segment: {
            /**
             * Start S
             * @description Seconds from the beginning of the recording.
             */
            start_s: number;
            /**
             * End S
             * @description Seconds from the beginning of the recording; more than `start_s`.
             */
            end_s: number;
            /**
             * Probabilities
             * @description Probability of each quadrant; sums to 1.
             */
            probabilities: Record<components["schemas"]["Quadrant"], number>;
            valence: components["schemas"]["Coordinate"];
            arousal: components["schemas"]["Coordinate"];
        };
        /**
         * Share
         * @description Number and share of hits among `n`, with a 95 % interval.
         *
         *     Wilson interval for one user; cluster-robust across users.
         */
        Share: {
            /** N */
            n: number;
            /** Hits */
            hits: number;
            /** Value */
            value: number;
            /** Low */
            low: number;
            /** High */
            high: number;
        };
        /**
         * SnapshotAccuracy
         * @description Accuracy by the snapshot that made the forecasts; `role` is its current role.
         *
         *     With a calibration, `snapshot` ends with `+` and the calibration's version; each combination
         *     counts separately.
         */
        SnapshotAccuracy: {
            /** Snapshot */
            snapshot: string;
            /**
             * Role
             * @enum {string}
             */
            role: "primary" | "candidate" | "past";
            /** N */
            n: number;
            /** N Users */
            n_users: number;
            personal: components["schemas"]["Share"];
            population: components["schemas"]["Share"];
            gain: components["schemas"]["Gain"];
            /**
             * First At
             * Format: date-time
             */
            first_at: string;
            /**
             * Last At
             * Format: date-time
             */
            last_at: string;
        };
        /**
         * StrategyAccuracy
         * @description Accuracy on uniformly drawn tracks, by the strategy that chose them.
         */
        StrategyAccuracy: {
            /** Strategy */
            strategy: string;
            /** N */
            n: number;
            /** N Users */
            n_users: number;
            personal: components["schemas"]["Share"];
            population: components["schemas"]["Share"];
            gain: components["schemas"]["Gain"];
        };
        /**
         * Track
         * @description A registered track.
         *
         *     `audio_url` is an address that a browser can play: one of this service, valid for some hours,
         *     if the audio is stored, else the registered URL. `prediction` is null if the track holds
         *     features that the model does not read; registering it again solves that. It is null, too, in
         *     the reply to a registration that another call deleted meanwhile.
         * @example {
         *       "track_id": "demo-battle-theme",
         *       "title": "Battle Theme",
         *       "artist": "Attune",
         *       "duration_s": 92.4,
         *       "has_audio": true,
         *       "has_lyrics": true,
         *       "audio_url": "/tracks/demo-battle-theme/audio?ticket=493240.k3Jx0-Vb8m2QfA7cRzYtWgK1nH4sLpE9uDoXiC6vZyM",
         *       "created_at": "2026-04-01T12:00:00Z",
         *       "prediction": {
         *         "quadrant": "Q2",
         *         "probabilities": {
         *           "Q1": 0.24,
         *           "Q2": 0.54,
         *           "Q3": 0.14,
         *           "Q4": 0.08
         *         },
         *         "valence": {
         *           "mean": -0.21,
         *           "sd": 0.33
         *         },
         *         "arousal": {
         *           "mean": 0.38,
         *           "sd": 0.3
         *         },
         *         "entropy": 1.153,
         *         "ambiguous": false,
         *         "set": {
         *           "quadrants": [
         *             "Q2",
         *             "Q1"
         *           ],
         *           "coverage": 0.8
         *         },
         *         "why": {
         *           "population": {
         *             "log_odds": {
         *               "Q1": 0.207,
         *               "Q2": 1.018,
         *               "Q3": -0.332,
         *               "Q4": -0.892
         *             },
         *             "share": 1
         *           },
         *           "others": {
         *             "log_odds": {
         *               "Q1": 0,
         *               "Q2": 0,
         *               "Q3": 0,
         *               "Q4": 0
         *             },
         *             "share": 0
         *           },
         *           "level": {
         *             "log_odds": {
         *               "Q1": 0,
         *               "Q2": 0,
         *               "Q3": 0,
         *               "Q4": 0
         *             },
         *             "share": 0
         *           },
         *           "taste": {
         *             "log_odds": {
         *               "Q1": 0,
         *               "Q2": 0,
         *               "Q3": 0,
         *               "Q4": 0
         *             },
         *             "share": 0
         *           },
         *           "words": "By its lyrics most people would call it tense."
         *         },
         *         "fusion": "log_opinion",
         *         "modalities": {
         *           "lyrics": {
         *             "Q1": 0.24,
         *             "Q2": 0.54,
         *             "Q3": 0.14,
         *             "Q4": 0.08
         *           }
         *         },
         *         "segments": [],
         *         "personal": null,
         *         "notices": [],
         *         "model": {
         *           "snapshot": "5662bc4947fa"
         *         }
         *       }
         *     }
         */
        Track: {
            /** Track Id */
            track_id: string;
            /** Title */
            title: string | null;
            /** Artist */
            artist: string | null;
            /** Duration S */
            duration_s: number | null;
            /** Has Audio */
            has_audio: boolean;
            /** Has Lyrics */
            has_lyrics: boolean;
            /** Audio Url */
            audio_url: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            prediction: components["schemas"]["Prediction"] | null;
        };
        /**
         * TrackPage
         * @description Tracks in the order of their ids; `next_cursor` is null on the last page.
         * @example {
         *       "tracks": [
         *         {
         *           "track_id": "demo-battle-theme",
         *           "title": "Battle Theme",
         *           "artist": "Attune",
         *           "duration_s": 92.4,
         *           "has_audio": true,
         *           "has_lyrics": true,
         *           "audio_url": "/tracks/demo-battle-theme/audio?ticket=493240.k3Jx0-Vb8m2QfA7cRzYtWgK1nH4sLpE9uDoXiC6vZyM",
         *           "created_at": "2026-04-01T12:00:00Z",
         *           "prediction": {
         *             "quadrant": "Q2",
         *             "probabilities": {
         *               "Q1": 0.24,
         *               "Q2": 0.54,
         *               "Q3": 0.14,
         *               "Q4": 0.08
         *             },
         *             "valence": {
         *               "mean": -0.21,
         *               "sd": 0.33
         *             },
         *             "arousal": {
         *               "mean": 0.38,
         *               "sd": 0.3
         *             },
         *             "entropy": 1.153,
         *             "ambiguous": false,
         *             "set": {
         *               "quadrants": [
         *                 "Q2",
         *                 "Q1"
         *               ],
         *               "coverage": 0.8
         *             },
         *             "why": {
         *               "population": {
         *                 "log_odds": {
         *                   "Q1": 0.207,
         *                   "Q2": 1.018,
         *                   "Q3": -0.332,
         *                   "Q4": -0.892
         *                 },
         *                 "share": 1
         *               },
         *               "others": {
         *                 "log_odds": {
         *                   "Q1": 0,
         *                   "Q2": 0,
         *                   "Q3": 0,
         *                   "Q4": 0
         *                 },
         *                 "share": 0
         *               },
         *               "level": {
         *                 "log_odds": {
         *                   "Q1": 0,
         *                   "Q2": 0,
         *                   "Q3": 0,
         *                   "Q4": 0
         *                 },
         *                 "share": 0
         *               },
         *               "taste": {
         *                 "log_odds": {
         *                   "Q1": 0,
         *                   "Q2": 0,
         *                   "Q3": 0,
         *                   "Q4": 0
         *                 },
         *                 "share": 0
         *               },
         *               "words": "By its lyrics most people would call it tense."
         *             },
         *             "fusion": "log_opinion",
         *             "modalities": {
         *               "lyrics": {
         *                 "Q1": 0.24,
         *                 "Q2": 0.54,
         *                 "Q3": 0.14,
         *                 "Q4": 0.08
         *               }
         *             },
         *             "segments": [],
         *             "personal": null,
         *             "notices": [],
         *             "model": {
         *               "snapshot": "5662bc4947fa"
         *             }
         *           }
         *         }
         *       ],
         *       "next_cursor": "ZGVtby1iYXR0bGUtdGhlbWU"
         *     }
         */
        TrackPage: {
            /** Tracks */
            tracks: components["schemas"]["Track"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * UpdateEffect
         * @description What the labels of one call changed for their user.
         *
         *     The service predicts a fixed sample of the catalogue (at most 500 tracks, without those just
         *     labelled) for this user, without and with the call's labels. Other users' labels are the same
         *     both times. `n_moved` of the `n_tracks` have another likeliest quadrant now. `moves` counts
         *     them, the most frequent first; `tracks` holds at most three of them.
         */
        UpdateEffect: {
            /** N Tracks */
            n_tracks: number;
            /** N Moved */
            n_moved: number;
            /** Moves */
            moves: components["schemas"]["EffectMove"][];
            /** Tracks */
            tracks: components["schemas"]["MovedTrack"][];
        };
        /**
         * UpdateOut
         * @description The result of recording labels.
         *
         *     `accepted` labels were new, `duplicates` were recorded before; `n_labels` counts the tracks
         *     that the user has labelled now. `effect` is null if the call does not request it or records
         *     nothing new.
         * @example {
         *       "accepted": 1,
         *       "duplicates": 0,
         *       "n_labels": 1,
         *       "personal": {
         *         "user_id": "ana",
         *         "n_labels": 1,
         *         "used": false
         *       },
         *       "effect": {
         *         "n_tracks": 27,
         *         "n_moved": 1,
         *         "moves": [
         *           {
         *             "from": "Q1",
         *             "to": "Q2",
         *             "n": 1
         *           }
         *         ],
         *         "tracks": [
         *           {
         *             "track_id": "demo-market-day",
         *             "title": "Market Day",
         *             "artist": "Attune",
         *             "from": "Q1",
         *             "to": "Q2"
         *           }
         *         ]
         *       }
         *     }
         */
        UpdateOut: {
            /** Accepted */
            accepted: number;
            /** Duplicates */
            duplicates: number;
            /** N Labels */
            n_labels: number;
            personal: components["schemas"]["Personal"];
            effect: components["schemas"]["UpdateEffect"] | null;
        };
        /**
         * User
         * @description Summary of a user's labels; for `n_cant_tell` tracks the user could not tell.
         * @example {
         *       "user_id": "ana",
         *       "n_labels": 1,
         *       "n_cant_tell": 0,
         *       "quadrants": {
         *         "Q1": 0,
         *         "Q2": 1,
         *         "Q3": 0,
         *         "Q4": 0
         *       },
         *       "first_label_at": "2026-04-08T19:30:00Z",
         *       "last_label_at": "2026-04-08T19:30:00Z",
         *       "personal": {
         *         "user_id": "ana",
         *         "n_labels": 1,
         *         "used": false
         *       }
         *     }
         */
        User: {
            /** User Id */
            user_id: string;
            /** N Labels */
            n_labels: number;
            /** N Cant Tell */
            n_cant_tell: number;
            /** Quadrants */
            quadrants: Record<components["schemas"]["Quadrant"], number>;
            /**
             * First Label At
             * Format: date-time
             */
            first_label_at: string;
            /**
             * Last Label At
             * Format: date-time
             */
            last_label_at: string;
            personal: components["schemas"]["Personal"];
        };
        /**
         * UserItem
         * @description A user with recorded labels; `n_labels` counts the current ones.
         */
        UserItem: {
            /** User Id */
            user_id: string;
            /** N Labels */
            n_labels: number;
            /**
             * Last Label At
             * Format: date-time
             */
            last_label_at: string;
        };
        /**
         * UserPage
         * @description Users in the order of their ids; `next_cursor` is null on the last page.
         * @example {
         *       "users": [
         *         {
         *           "user_id": "ana",
         *           "n_labels": 1,
         *           "last_label_at": "2026-04-08T19:30:00Z"
         *         }
         *       ],
         *       "next_cursor": "YW5h"
         *     }
         */
        UserPage: {
            /** Users */
            users: components["schemas"]["UserItem"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * Why
         * @description The explanation of `probabilities`: four parts that add up on the scale of log-odds.
         *
         *     `level` and `taste` are exactly 0 without a user and for a user without labels.
         */
        Why: {
            /** @description What the shared models expect of an unknown listener. */
            population: components["schemas"]["Part"];
            /** @description What other users' labels of this track change; 0 if no other user labelled it, for uploads, and under the committee personaliser. */
            others: components["schemas"]["Part"];
            /** @description Which quadrants the user answers more or less often than others. */
            level: components["schemas"]["Part"];
            /** @description What the user's labels imply for music of this sound. Under the committee personaliser, everything that the user's labels change. */
            taste: components["schemas"]["Part"];
            /**
             * Words
             * @description The parts in plain English sentences for people; a part with almost no effect is left out. The wording may change at any time.
             */
            words: string;
        };
        /**
         * EmbeddingsIn
         * @description Embeddings of a track's audio, lyrics or both.
         */
        EmbeddingsIn: {
            /** Audio Embedding */
            audio_embedding?: number[] | null;
            /** Lyrics Embedding */
            lyrics_embedding?: number[] | null;
        };
        /**
         * LabelIn
         * @description One label: exactly one of a quadrant, a point, `cant_tell: true` and `retracted: true`.
         *
         *     `event_id` is required unless the call has an `Idempotency-Key`; the service then derives it
         *     from the key and from the label's position in the call. The circumstances of the answer are
         *     stored; the models do not learn from them.
         * @example {
         *       "event_id": "ana-1",
         *       "track_id": "demo-battle-theme",
         *       "valence": -0.4,
         *       "arousal": 0.8,
         *       "emotion": "perceived",
         *       "liking": 4,
         *       "strategy": "diverse"
         *     }
         */
        LabelIn: {
            /** Event Id */
            event_id?: string | null;
            /**
             * Track Id
             * @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`.
             */
            track_id: string;
            /** @description Q1 to Q4, or a word for it: happy (Q1), tense or angry (Q2), sad (Q3), calm or relaxed (Q4); letters may be of either case. Replies have Q1 to Q4. */
            quadrant?: components["schemas"]["Quadrant"] | ("happy" | "tense" | "sad" | "calm" | "angry" | "relaxed") | null;
            /** Valence */
            valence?: number | null;
            /** Arousal */
            arousal?: number | null;
            /**
             * Cant Tell
             * @description The user cannot tell; queries do not return the track again. Default: `false`.
             */
            cant_tell?: boolean;
            /**
             * Retracted
             * @description Default: `false`.
             */
            retracted?: boolean;
            /**
             * Emotion
             * @description The emotion asked for: the music's, or the listener's own.
             */
            emotion?: ("perceived" | "felt") | null;
            /**
             * Liking
             * @description From 1, not at all, to 5, very much.
             */
            liking?: number | null;
            /**
             * Familiarity
             * @description From 1, never heard, to 5, well known.
             */
            familiarity?: number | null;
            /**
             * Strategy
             * @description The strategy that chose the track, as `/query` returned it.
             */
            strategy?: string | null;
            /**
             * Is Random
             * @description As `/query` returned it for the track. Default: `false`.
             */
            is_random?: boolean;
            /**
             * Is Repeat
             * @description As `/query` returned it for the track. Default: `false`.
             */
            is_repeat?: boolean;
        };
        /**
         * LabelLine
         * @description A line of an exported log; lines may repeat.
         *
         *     `others` holds the votes of other users on the track at the time of the answer. The models
         *     learn from them together with the answer; the field is absent if there were none. `superseded`
         *     marks a line that is never the current label of its track.
         * @example {
         *       "event_id": "ana-earlier-1",
         *       "track_id": "demo-battle-theme",
         *       "cant_tell": true,
         *       "created_at": "2026-04-07T08:15:00Z"
         *     }
         * @example {
         *       "event_id": "ana-earlier-2",
         *       "track_id": "demo-battle-theme",
         *       "quadrant": "Q2",
         *       "created_at": "2026-04-07T08:16:30Z",
         *       "others": {
         *         "Q1": 0.5,
         *         "Q2": 2.5,
         *         "Q3": 0,
         *         "Q4": 0
         *       }
         *     }
         */
        LabelLine: {
            /**
             * Event Id
             * @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`.
             */
            event_id: string;
            /**
             * Track Id
             * @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`.
             */
            track_id: string;
            /** @description Q1 to Q4, or a word for it: happy (Q1), tense or angry (Q2), sad (Q3), calm or relaxed (Q4); letters may be of either case. Replies have Q1 to Q4. */
            quadrant?: components["schemas"]["Quadrant"] | ("happy" | "tense" | "sad" | "calm" | "angry" | "relaxed") | null;
            /** Valence */
            valence?: number | null;
            /** Arousal */
            arousal?: number | null;
            /**
             * Cant Tell
             * @description The user cannot tell; queries do not return the track again. Default: `false`.
             */
            cant_tell?: boolean;
            /**
             * Retracted
             * @description Default: `false`.
             */
            retracted?: boolean;
            /**
             * Emotion
             * @description The emotion asked for: the music's, or the listener's own.
             */
            emotion?: ("perceived" | "felt") | null;
            /**
             * Liking
             * @description From 1, not at all, to 5, very much.
             */
            liking?: number | null;
            /**
             * Familiarity
             * @description From 1, never heard, to 5, well known.
             */
            familiarity?: number | null;
            /**
             * Strategy
             * @description The strategy that chose the track, as `/query` returned it.
             */
            strategy?: string | null;
            /**
             * Is Random
             * @description As `/query` returned it for the track. Default: `false`.
             */
            is_random?: boolean;
            /**
             * Is Repeat
             * @description As `/query` returned it for the track. Default: `false`.
             */
            is_repeat?: boolean;
            /**
             * Created At
             * Format: date-time
             * @description ISO 8601 with a time zone, from 1970 to at most a day from now, as clocks differ; stored to the microsecond.
             */
            created_at: string;
            others?: components["schemas"]["VotesIn"] | null;
            /**
             * Superseded
             * @description Default: `false`.
             */
            superseded?: boolean;
        };
        /**
         * LabelLines
         * @description The lines of a body of NDJSON.
         * @example {
         *       "lines": [
         *         {
         *           "event_id": "ana-earlier-1",
         *           "track_id": "demo-battle-theme",
         *           "cant_tell": true,
         *           "created_at": "2026-04-07T08:15:00Z"
         *         },
         *         {
         *           "event_id": "ana-earlier-2",
         *           "track_id": "demo-battle-theme",
         *           "quadrant": "Q2",
         *           "created_at": "2026-04-07T08:16:30Z",
         *           "others": {
         *             "Q1": 0.5,
         *             "Q2": 2.5,
         *             "Q3": 0,
         *             "Q4": 0
         *           }
         *         }
         *       ]
         *     }
         */
        LabelLines: {
            /** Lines */
            lines: components["schemas"]["LabelLine"][];
        };
        /**
         * LoggedLabel
         * @description A line of a user's log.
         * @example {
         *       "event_id": "ana-1",
         *       "track_id": "demo-battle-theme",
         *       "quadrant": "Q2",
         *       "valence": -0.4,
         *       "arousal": 0.8,
         *       "liking": 4,
         *       "familiarity": 1,
         *       "created_at": "2026-04-08T19:30:00Z",
         *       "cant_tell": false,
         *       "retracted": false,
         *       "emotion": "perceived",
         *       "strategy": "diverse",
         *       "is_random": false,
         *       "is_repeat": false
         *     }
         * @example {
         *       "event_id": "ana-2",
         *       "track_id": "demo-battle-theme",
         *       "quadrant": "Q1",
         *       "valence": 0.1,
         *       "arousal": 0.8,
         *       "liking": 4,
         *       "familiarity": 1,
         *       "created_at": "2026-04-08T19:30:00Z",
         *       "cant_tell": false,
         *       "retracted": false,
         *       "emotion": "perceived",
         *       "strategy": "diverse",
         *       "is_random": false,
         *       "is_repeat": false,
         *       "others": {
         *         "Q1": 0.25,
         *         "Q2": 1.25,
         *         "Q3": 0.25,
         *         "Q4": 0.25
         *       }
         *     }
         */
        LoggedLabel: {
            /** Event Id */
            event_id: string;
            /** Track Id */
            track_id: string;
            quadrant: components["schemas"]["Quadrant"] | null;
            /** Valence */
            valence: number | null;
            /** Arousal */
            arousal: number | null;
            /** Cant Tell */
            cant_tell: boolean;
            /** Retracted */
            retracted: boolean;
            /** Emotion */
            emotion: ("perceived" | "felt") | null;
            /** Liking */
            liking: number | null;
            /** Familiarity */
            familiarity: number | null;
            /** Strategy */
            strategy: string | null;
            /** Is Random */
            is_random: boolean;
            /** Is Repeat */
            is_repeat: boolean;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Others
             * @description Votes of other users on the track at the time of the answer; absent if there were none. The models learn from both together. An answer is one vote, split among quadrants near an axis.
             */
            others?: Record<components["schemas"]["Quadrant"], number> | null;
            /**
             * Superseded
             * @description True if the track had a newer label when the line was imported, so that it is not the current one; absent otherwise. Default: `false`.
             */
            superseded?: boolean;
        };
        /**
         * PredictBatchIn
         * @description Many tracks: ids of registered tracks, lyrics, or embeddings.
         * @example {
         *       "track_ids": [
         *         "demo-battle-theme"
         *       ],
         *       "user_id": "ana"
         *     }
         * @example {
         *       "lyrics": [
         *         "Steel on steel and drums of war, we ride until the morning comes",
         *         "Sleep now, the sea is still"
         *       ]
         *     }
         */
        PredictBatchIn: {
            /** Track Ids */
            track_ids?: string[] | null;
            /** Lyrics */
            lyrics?: string[] | null;
            /** Embeddings */
            embeddings?: components["schemas"]["EmbeddingsIn"][] | null;
            /** User Id */
            user_id?: string | null;
            /** Fusion */
            fusion?: string | null;
        };
        /**
         * PredictIn
         * @description A track: audio, lyrics or both, each itself or as an embedding; or a registered track.
         * @example {
         *       "lyrics": "Steel on steel and drums of war, we ride until the morning comes",
         *       "user_id": "ana"
         *     }
         * @example {
         *       "track_id": "demo-battle-theme",
         *       "user_id": "ana"
         *     }
         */
        PredictIn: {
            /** Lyrics */
            lyrics?: string | null;
            /** Audio Embedding */
            audio_embedding?: number[] | null;
            /** Lyrics Embedding */
            lyrics_embedding?: number[] | null;
            /** Track Id */
            track_id?: string | null;
            /** User Id */
            user_id?: string | null;
            /** Fusion */
            fusion?: string | null;
        };
        /**
         * QueryIn
         * @description The user to ask, the number of tracks, and how to choose them.
         * @example {
         *       "user_id": "ana",
         *       "n": 5
         *     }
         */
        QueryIn: {
            /**
             * User Id
             * @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`.
             */
            user_id: string;
            /**
             * N
             * @description Default: `10`.
             */
            n?: number;
            /** Strategy */
            strategy?: string | null;
            /** Exclude */
            exclude?: string[];
            /**
             * Repeat Share
             * @description Each place goes with this probability to a track that the user labelled 5 labels ago or earlier and that was not repeated since, if there is one. Repeats measure the user's consistency. Default: `0.0`.
             */
            repeat_share?: number;
            /**
             * Playable
             * @description Choose only tracks that can be played: with stored audio or an `audio_url`. The call takes longer if few tracks can be played. Default: `false`.
             */
            playable?: boolean;
        };
        /**
         * RankIn
         * @description The user, and exactly one target: a quadrant or a point.
         * @example {
         *       "user_id": "ana",
         *       "limit": 5,
         *       "exclude_answered": false,
         *       "quadrant": "Q2"
         *     }
         * @example {
         *       "user_id": "ana",
         *       "limit": 5,
         *       "exclude_answered": false,
         *       "valence": 0.6,
         *       "arousal": -0.5
         *     }
         */
        RankIn: {
            /**
             * User Id
             * @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`.
             */
            user_id: string;
            /** @description Q1 to Q4, or a word for it: happy (Q1), tense or angry (Q2), sad (Q3), calm or relaxed (Q4); letters may be of either case. Replies have Q1 to Q4. */
            quadrant?: components["schemas"]["Quadrant"] | ("happy" | "tense" | "sad" | "calm" | "angry" | "relaxed") | null;
            /** Valence */
            valence?: number | null;
            /** Arousal */
            arousal?: number | null;
            /**
             * Limit
             * @description Maximum number of entries. Default: `50`.
             */
            limit?: number;
            /**
             * Cursor
             * @description `next_cursor` of the previous page.
             */
            cursor?: string | null;
            /**
             * Exclude Answered
             * @description Leave out tracks that the user has labelled. Default: `true`.
             */
            exclude_answered?: boolean;
        };
        /**
         * TrackIn
         * @description The content and the metadata of a track, or metadata alone of a registered one.
         * @example {
         *       "lyrics": "Steel on steel and drums of war, we ride until the morning comes",
         *       "title": "Battle Theme",
         *       "artist": "Attune"
         *     }
         */
        TrackIn: {
            /** Lyrics */
            lyrics?: string | null;
            /** Audio Embedding */
            audio_embedding?: number[] | null;
            /** Lyrics Embedding */
            lyrics_embedding?: number[] | null;
            /** Title */
            title?: string | null;
            /** Artist */
            artist?: string | null;
            /** Audio Url */
            audio_url?: string | null;
        };
        /**
         * UpdateIn
         * @description A user's labels, recorded all or none.
         * @example {
         *       "user_id": "ana",
         *       "labels": [
         *         {
         *           "event_id": "ana-1",
         *           "track_id": "demo-battle-theme",
         *           "valence": -0.4,
         *           "arousal": 0.8,
         *           "emotion": "perceived",
         *           "liking": 4,
         *           "strategy": "diverse"
         *         }
         *       ]
         *     }
         * @example {
         *       "user_id": "ana",
         *       "labels": [
         *         {
         *           "event_id": "ana-1",
         *           "track_id": "demo-battle-theme",
         *           "valence": -0.4,
         *           "arousal": 0.8,
         *           "emotion": "perceived",
         *           "liking": 4,
         *           "strategy": "diverse"
         *         }
         *       ],
         *       "effect": true
         *     }
         */
        UpdateIn: {
            /**
             * User Id
             * @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`.
             */
            user_id: string;
            /** Labels */
            labels: components["schemas"]["LabelIn"][];
            /**
             * Effect
             * @description Report what the labels changed: the service computes the likeliest quadrants of up to 500 tracks before and after. The call takes longer. Default: `false`.
             */
            effect?: boolean;
        };
        /**
         * VotesIn
         * @description Sums of votes by quadrant; an answer is one vote, split among quadrants near an axis.
         */
        VotesIn: {
            /** Q1 */
            Q1: number;
            /** Q2 */
            Q2: number;
            /** Q3 */
            Q3: number;
            /** Q4 */
            Q4: number;
        };
        /**
         * PredictForm
         * @description A track: audio, lyrics or both, each itself or as an embedding; or a registered track.
         * @example {
         *       "lyrics": "Steel on steel and drums of war, we ride until the morning comes",
         *       "user_id": "ana"
         *     }
         */
        PredictForm: {
            /**
             * Format: binary
             * @description wav, flac, ogg (Vorbis, Opus, FLAC), mp3, m4a, aac, webm, aiff, wma.
             */
            audio?: Blob;
            /**
             * Lyrics
             * @description In English. Lyrics in other languages or without words are not used, and of longer ones only the first 100,000 characters are; `notices` reports both. Time marks, as in `.lrc` files, are left out. A form may also hold them as a file (`.txt`, `.lrc`) in any encoding.
             * @example Steel on steel and drums of war, we ride until the morning comes
             */
            lyrics?: string;
            /**
             * Track Id
             * @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`.
             */
            track_id?: string;
            /**
             * User Id
             * @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`.
             * @example ana
             */
            user_id?: string;
            /** Fusion */
            fusion?: string;
        };
        /**
         * TrackForm
         * @description The content and the metadata of a track, or metadata alone of a registered one.
         * @example {
         *       "lyrics": "Steel on steel and drums of war, we ride until the morning comes",
         *       "title": "Battle Theme",
         *       "artist": "Attune"
         *     }
         */
        TrackForm: {
            /**
             * Format: binary
             * @description wav, flac, ogg (Vorbis, Opus, FLAC), mp3, m4a, aac, webm, aiff, wma.
             */
            audio?: Blob;
            /**
             * Lyrics
             * @description In English. Lyrics in other languages or without words are not used, and of longer ones only the first 100,000 characters are; `notices` reports both. Time marks, as in `.lrc` files, are left out. A form may also hold them as a file (`.txt`, `.lrc`) in any encoding.
             * @example Steel on steel and drums of war, we ride until the morning comes
             */
            lyrics?: string;
            /**
             * Title
             * @example Battle Theme
             */
            title?: string;
            /**
             * Artist
             * @example Attune
             */
            artist?: string;
            /**
             * Audio Url
             * @description Address (http or https) from which a browser plays the recording; the service never fetches it.
             */
            audio_url?: string;
        };
        /**
         * Problem
         * @description An error (RFC 9457). Branch on `code`; `detail` is a sentence for people.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "code": "track_not_found",
         *       "detail": "There is no track 'demo-battle-theme'.",
         *       "request_id": "5f0c3bd1a2c94e6f8a7b0c1d2e3f4a5b"
         *     }
         */
        Problem: {
            /** @constant */
            type: "about:blank";
            title: string;
            status: number;
            /** @example track_not_found */
            code: string;
            detail: string;
            request_id: string;
            errors?: {
                field: string;
                message: string;
            }[];
            /** @description With `not_ready`: the result of each check. */
            checks?: {
                /** @enum {unknown} */
                database?: "ok" | "failed" | "silent";
                /** @enum {unknown} */
                snapshot?: "ok" | "failed" | "silent";
                /** @enum {unknown} */
                encoders?: "ok" | "failed" | "silent";
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    predict: {
        parameters: {
            query?: never;
            header?: {
                /** @description Identifies the request in the reply, in errors and in the service's log. Printable ASCII without spaces, at most 128 characters; otherwise the service makes one. */
                "X-Request-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PredictIn"];
                "multipart/form-data": components["schemas"]["PredictForm"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prediction"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    predict_batch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PredictBatchIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    query: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueryIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryOut"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rank: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RankIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RankOut"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update: {
        parameters: {
            query?: never;
            header?: {
                /** @description Identifies the call. A repeated call with the same key and body gets the first reply and records nothing; one with another body is refused. With a key, labels may omit `event_id`. Unique for the user; printable ASCII without spaces. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateOut"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_track: {
        parameters: {
            query?: {
                user_id?: string | null;
                fusion?: string | null;
            };
            header?: never;
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                track_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Track"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_track: {
        parameters: {
            query?: never;
            header?: {
                /** @description Identifies the request in the reply, in errors and in the service's log. Printable ASCII without spaces, at most 128 characters; otherwise the service makes one. */
                "X-Request-ID"?: string;
            };
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                track_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrackIn"];
                "multipart/form-data": components["schemas"]["TrackForm"];
            };
        };
        responses: {
            /** @description Replaced. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Track"];
                };
            };
            /** @description New. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Track"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_track: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                track_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tracks: {
        parameters: {
            query?: {
                /** @description Maximum number of entries. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string | null;
                search?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrackPage"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description Maximum number of entries. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_picture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Picture"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_labels: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One JSON object per line, in the order of the log. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {"event_id": "ana-1", "track_id": "demo-battle-theme", "quadrant": "Q2", "valence": -0.4, "arousal": 0.8, "liking": 4, "familiarity": 1, "created_at": "2026-04-08T19:30:00Z", "cant_tell": false, "retracted": false, "emotion": "perceived", "strategy": "diverse", "is_random": false, "is_repeat": false}
                     *     {"event_id": "ana-2", "track_id": "demo-battle-theme", "quadrant": "Q1", "valence": 0.1, "arousal": 0.8, "liking": 4, "familiarity": 1, "created_at": "2026-04-08T19:30:00Z", "cant_tell": false, "retracted": false, "emotion": "perceived", "strategy": "diverse", "is_random": false, "is_repeat": false, "others": {"Q1": 0.25, "Q2": 1.25, "Q3": 0.25, "Q4": 0.25}}
                     */
                    "application/x-ndjson": components["schemas"]["LoggedLabel"];
                    "application/octet-stream": Blob;
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    post_labels: {
        parameters: {
            query?: {
                /** @description Let a line replace a newer label of its track: the order of the lines decides, not their times. For moving a whole log to another service. */
                replace?: boolean;
            };
            header?: {
                /** @description Identifies the request in the reply, in errors and in the service's log. Printable ASCII without spaces, at most 128 characters; otherwise the service makes one. */
                "X-Request-ID"?: string;
            };
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {"event_id": "ana-earlier-1", "track_id": "demo-battle-theme", "cant_tell": true, "created_at": "2026-04-07T08:15:00Z"}
                 *     {"event_id": "ana-earlier-2", "track_id": "demo-battle-theme", "quadrant": "Q2", "created_at": "2026-04-07T08:16:30Z", "others": {"Q1": 0.5, "Q2": 2.5, "Q3": 0.0, "Q4": 0.0}}
                 */
                "application/x-ndjson": components["schemas"]["LabelLine"];
                "application/json": components["schemas"]["LabelLines"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportOut"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readmit_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_audio: {
        parameters: {
            query?: {
                /** @description Replaces an API key, because a browser's audio player sends none. `audio_url` of a track contains a ticket that is valid for some hours. */
                ticket?: string | null;
            };
            header?: never;
            path: {
                /** @description Letters (A-Z, a-z), digits and `._:@+|=~-`; the first is a letter, a digit, `-` or `_`. */
                track_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recording as it was uploaded. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                    "application/octet-stream": Blob;
                };
            };
            /** @description The byte range that the header Range requests. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                    "application/octet-stream": Blob;
                };
            };
            /** @description The recording matches the header If-None-Match. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_model: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelInfo"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reload_model: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelReload"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    livez: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example  */
                    "text/plain": string;
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example # HELP attune_requests_total Requests answered.
                     *     # TYPE attune_requests_total counter
                     *     attune_requests_total{method="POST",route="/predict",status="200"} 12.0
                     */
                    "text/plain; version=0.0.4; charset=utf-8": string;
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description The request is refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed, or is busy. */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "about:blank",
                     *       "title": "Service Unavailable",
                     *       "status": 503,
                     *       "code": "overloaded",
                     *       "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
