// Made by `npm run types` from clients/openapi.json, sha256 c1987449cb3bec28ddb25740d17c418db3e42b1476fec05cdfe4a62a4446776f
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
         * @description Predict what a track feels like: audio, lyrics, embeddings, or a registered one.
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
         * @description Predict many tracks, sent or registered; an item's error stands in its place.
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
         * @description Ask which tracks to put before a user next.
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
         * @description Rank the catalogue: what a user would put in a quadrant, or nearest to a point.
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
         * @description Record a user's answers, all or none; sending them again changes nothing.
         *
         *     With `effect` the reply says what the answers changed on a sample of the catalogue.
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
         * @description Register a track, or replace what is there under its id.
         *
         *     Doing it again changes nothing. A track that somebody has labelled keeps its audio and lyrics.
         */
        put: operations["put_track"];
        post?: never;
        /**
         * Delete Track
         * @description Take a track away; labels that were given for it stay.
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
         * @description List the tracks in the order of their ids, with everybody's predictions without segments.
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
    "/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get User
         * @description Show what is recorded of a user.
         */
        get: operations["get_user"];
        put?: never;
        post?: never;
        /**
         * Delete User
         * @description Forget a user, and all that was derived from their answers; somebody unknown is fine.
         *
         *     Nothing is recorded under this id any more, so that no late retry brings the user back.
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
         * @description Show what is known of a user: their answers, and what is expected of them beside everybody.
         *
         *     `prequential` counts how often their quadrants were foretold rightly, before each was learnt.
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
         * @description Export a user's log: every answer, correction and retraction, as NDJSON.
         */
        get: operations["get_labels"];
        put?: never;
        /**
         * Post Labels
         * @description Import a log as it was exported, from this service or another: all of it or nothing.
         *
         *     Every line keeps its moment, and the lines of one moment that follow each other stay one call;
         *     what is new comes after what is there, in the order in which it is sent. A line whose
         *     `event_id` is known already is a duplicate, so the same log may be sent again, whole or in
         *     parts. At most 100,000 lines a call; all tracks must be registered. Whose log it was does not
         *     matter: no line names a user.
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
         * @description Let a forgotten user answer again, as somebody new; anybody else is fine.
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
         * @description Send a track's recording, if it is kept; parts of it by the header `Range`.
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
         * @description Show which shared models answer, and what they can be asked for.
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
         * @description Have every worker take up the snapshots that are in the configured folders now.
         *
         *     The snapshots are read and checked first; nothing changes if one cannot be served. The workers
         *     then load them beside their requests, so that it takes a moment until all answer with them.
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
         * @description Whether the process answers.
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
         * @description Whether the database, the snapshot and the encoders answer.
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
         * @description Show the numbers of all workers, for Prometheus.
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
         * @description Show what there is, how well it is foretold before and after personalisation, and how fast.
         *
         *     Everything is counted anew; nothing of it tells who a user is.
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
         * @description How often quadrants were foretold rightly after so many labels, each before it was learnt.
         *
         *     `personal`: by what users were told; `population`: by what a newcomer would have been told.
         *     `to_labels` is null without end.
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
         * @description A track worth asking about; a higher score means ask sooner.
         *
         *     `is_random` tracks were drawn evenly from all that were left; those that a mixture draws have
         *     score 0. `propensity` is the probability with which the place went to this track, given the
         *     places before it, and null for a strategy that does not go by lot and where only `playable`
         *     tracks are asked for. A track that `is_repeat` was answered before; its score is 0.
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
         * @description Personal less population on one axis: its mean over the sampled tracks, how it varies.
         */
        AxisDifference: {
            /** Mean */
            mean: number;
            /** Sd */
            sd: number;
        };
        /**
         * Batch
         * @description As many items as were sent, in the same order.
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
         * @description Whether each thing that every answer needs is there.
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
         * @description Valence or arousal: from -1 (unpleasant, calm) to 1 (pleasant, excited).
         */
        Coordinate: {
            /**
             * Mean
             * @description The expected coordinate. In a prediction valence and arousal lie in the likeliest quadrant; an axis itself belongs to its positive side.
             */
            mean: number;
            /**
             * Sd
             * @description Standard deviation of the listener's answer around the mean.
             */
            sd: number;
        };
        /**
         * CrowdCount
         * @description How many users have an answer on so many tracks; `to` is null without end.
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
         * @description How often the answers given after so many labels were foretold rightly.
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
         * @description What was answered on a day, in UTC; corrections count, what took answers back does not.
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
         * @description How much of what is expected lies in each cell of the plane; it sums to 1.
         *
         *     Rows are arousal, from low to high; in each, valence from low to high, at the places in `axis`.
         */
        Density: {
            /** Density */
            density: number[][];
        };
        /**
         * DifferentTrack
         * @description A track that is expected elsewhere for this user than for everybody.
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
         * @description How many tracks moved from one likeliest quadrant to another.
         */
        EffectMove: {
            from: components["schemas"]["Quadrant"];
            to: components["schemas"]["Quadrant"];
            /** N */
            n: number;
        };
        /**
         * Gain
         * @description The personal share less the population's, with an interval of 95 % over users.
         *
         *     All are null where there are fewer than two users.
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
         * @description How often the user gives an answer: `n` times, where others would `expected` times.
         *
         *     Over the same tracks, those of the newest 500 answers that stand; `expected` is the sum of what
         *     somebody without answers is told of them.
         */
        Habit: {
            quadrant: components["schemas"]["Quadrant"];
            /** N */
            n: number;
            /** Expected */
            expected: number;
        };
        /**
         * ItemError
         * @description Why an item has no prediction; `code` is one of the codes of a problem.
         */
        ItemError: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
        };
        /**
         * Latency
         * @description How long a route takes, since the workers were started.
         *
         *     Read off the buckets of `attune_request_seconds`, by linear interpolation within one.
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
         * @description The quadrants that hold the answer of whoever is told with the probability `coverage`.
         *
         *     By split conformal prediction: a quadrant belongs to the set if its probability reaches a limit
         *     that was fitted to held-out answers of the same group. Nobody in particular and users without
         *     an answer go by listeners of whom nothing was known; a user with answers by listeners of whom
         *     all other answers were known, and from 30 answers on by the user's own. Tracks on which others
         *     voted have a limit of their own. Under the committee personaliser the limit is fitted to labels
         *     of tracks that the shared models were not trained on. Two rules hold besides: the likeliest
         *     quadrant is always in the set, and so is the second likeliest where no quadrant has half of the
         *     probability; the two likeliest always have half together.
         */
        LikelySet: {
            /**
             * Quadrants
             * @description The likeliest first; at least one, and at least two where `ambiguous`.
             */
            quadrants: components["schemas"]["Quadrant"][];
            /**
             * Coverage
             * @description The share of answers that such sets hold; 0.8 today.
             */
            coverage: number;
        };
        /**
         * ListenerPrior
         * @description What is expected of a listener who has answered nothing yet.
         */
        ListenerPrior: {
            /**
             * Kappa
             * @description How many votes the shared models count for.
             */
            kappa: number;
            /**
             * Gamma
             * @description How far one listener's answers follow them: the power they get.
             */
            gamma: number;
            /**
             * Tau
             * @description How far listeners differ throughout: a variance of log-odds.
             */
            tau: number;
            /**
             * Omega
             * @description How far they differ by the sound: a variance of log-odds.
             */
            omega: number;
        };
        /**
         * ListenerPriorComparison
         * @description Negative log-likelihood, in nats an answer, of answers that neither was fitted to.
         *
         *     `low` and `high` are the bounds of a 95 % interval over users of `learnt - shipped`; null of a
         *     single user.
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
         * @description What the service has learnt about its users, for whoever comes next.
         *
         *     `state` is `few` as long as fewer than `n_needed` users have `n_answers_each` answers,
         *     `waiting` until the next calibration, `worse` where what was learnt predicted no better than
         *     what the snapshot brings, and `learnt` where it is served. `n_users` have so many answers now.
         *     `n_fitted` answers were learnt from.
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
         * @description The mean of `n` paired differences, with Student's interval of 95 %; null for one alone.
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
         * @description Where evidence about a track comes from.
         * @enum {string}
         */
        Modality: "audio" | "lyrics";
        /**
         * ModelCalibration
         * @description What shifts the shared models' zero points to the catalogue, and what it was fitted to.
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
         * @description Shared models that are tried beside the others, and which share of users they answer.
         */
        ModelCandidate: {
            /** Snapshot */
            snapshot: string;
            /** Share */
            share: number;
        };
        /**
         * ModelInfo
         * @description The shared models that answer, and what they can be asked for.
         *
         *     `embeddings` says how many numbers they read of what a caller's encoder makes of audio and of
         *     lyrics, and is null for models that read recordings and lyrics themselves. `candidate` is null
         *     unless others answer a share of users, `calibration` unless one shifts what is told.
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
         * @description What the folders of snapshots hold now.
         *
         *     `previous` is what the worker that was asked has answered with so far; `is_new` says whether
         *     that or the candidate is to change.
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
         * @description Which shared models answered.
         */
        ModelVersion: {
            /** Snapshot */
            snapshot: string;
        };
        /**
         * MovedTrack
         * @description A track that moved from one likeliest quadrant to another.
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
         * @description Something that was sent or stored of the track and that this prediction does without.
         */
        Notice: {
            /**
             * Code
             * @description For programs. `lyrics_language`: lyrics in a language that no encoder reads; `lyrics_no_words`: lyrics without words; `stale_features`: features that an earlier snapshot reads. More may come.
             */
            code: string;
            /**
             * Message
             * @description For people: what was not used and why.
             */
            message: string;
        };
        /**
         * Overview
         * @description What there is, and how well it is foretold.
         *
         *     `n_users` have an answer that stands; `n_labels` are these answers. `labels_per_day` holds the
         *     last 90 days. Shares are of answers that came by `POST /update`; groups without any are left
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
         * @description How far the user agrees with themselves, where a track was asked about again.
         *
         *     It is no bound on how often forecasts can be right.
         *     `distance` is the root of the mean squared distance on the plane, null without points.
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
         * @description A track of which `quadrant` is likeliest for the user, with its probability.
         *
         *     `playable`: whether it can be heard, at the address that `GET /tracks/{track_id}` tells.
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
         *     Of `n` answers, `both` were forecast rightly either way, `only_personal` only with the user's
         *     answers, `only_population` only without them, `neither` not at all. `p_value` is that of the
         *     exact two-sided McNemar test. `log_likelihood` is the personal less the population
         *     log-probability of the answered quadrant, in nats an answer; null where no probability is kept,
         *     as of corrected answers.
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
         * @description What one source adds to the distribution.
         */
        Part: {
            /**
             * Log Odds
             * @description Added to the log-odds of each quadrant: above 0 speaks for it, below 0 against it, 0 is nothing. A part's four numbers sum to 0. Summed over the four parts they are the logarithm of `probabilities`, up to a constant of the track.
             */
            log_odds: Record<components["schemas"]["Quadrant"], number>;
            /**
             * Share
             * @description Sum of |`log_odds`| of this part, divided by the same sum over the four parts; the shares add up to 1.
             */
            share: number;
        };
        /**
         * Personal
         * @description What a reply owes to the user's own answers.
         */
        Personal: {
            /** User Id */
            user_id: string;
            /**
             * N Labels
             * @description How many tracks have an answer of the user that stands.
             */
            n_labels: number;
            /**
             * Used
             * @description Whether these answers are in the reply. From the first on they are, but under the committee personaliser not in every track's prediction.
             */
            used: boolean;
        };
        /**
         * Picture
         * @description What is known of a user.
         *
         *     `labels` are the answers that stand, the newest first, at most 2,000. `personal` and
         *     `population` say where on the plane the model expects the tracks of the catalogue (of a long
         *     one a fixed sample) for this user and for everybody. `used` says whether the user's answers
         *     change what they are told. `habits` has one entry for each quadrant; `own_tracks` holds at most
         *     five of each, the likeliest first, without tracks that the user put elsewhere.
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
         * @description How what is expected of this user differs from what is expected of everybody.
         */
        PictureDifference: {
            valence: components["schemas"]["AxisDifference"];
            arousal: components["schemas"]["AxisDifference"];
            /** Tracks */
            tracks: components["schemas"]["DifferentTrack"][];
        };
        /**
         * PlacedLabel
         * @description An answer that stands, and what its track is called.
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
         * @description A point on the plane.
         */
        Point: {
            /** Valence */
            valence: number;
            /** Arousal */
            arousal: number;
        };
        /**
         * Prediction
         * @description What a track feels like: quadrant, set, point and parts of one distribution.
         *
         *     Nobody in particular (no `user_id`) and a user without an answer are told the same; other
         *     users' answers about the track are in it.
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
             * @description Probability that the listener puts the track in each quadrant; sums to 1.
             */
            probabilities: Record<components["schemas"]["Quadrant"], number>;
            valence: components["schemas"]["Coordinate"];
            arousal: components["schemas"]["Coordinate"];
            /**
             * Entropy
             * @description Entropy of `probabilities` in nats: 0 where one quadrant is certain, ln 4 = 1.386 where all are equally likely.
             */
            entropy: number;
            /**
             * Ambiguous
             * @description Whether no quadrant has a probability of at least 0.5.
             */
            ambiguous: boolean;
            /** @description Null where the coverage is not known: for a fusion that is not the default, for a track that an earlier snapshot judged, and where the user's answers taught the committee. */
            set: components["schemas"]["LikelySet"] | null;
            why: components["schemas"]["Why"];
            /**
             * Fusion
             * @description The rule that joined audio and lyrics.
             */
            fusion: string;
            /**
             * Modalities
             * @description What the shared models say by audio alone and by lyrics alone, on consensus labels. Absent for what was not sent; null for what was sent and could not be read, of which there is a notice.
             */
            modalities: Partial<Record<components["schemas"]["Modality"], Record<components["schemas"]["Quadrant"], number> | null>>;
            /**
             * Segments
             * @description Stretches of the recording in time; none without a recording.
             */
            segments: components["schemas"]["Segment"][];
            /** @description Null if no user was named. */
            personal: components["schemas"]["Personal"] | null;
            /**
             * Notices
             * @description What was not used; empty where all was.
             */
            notices: components["schemas"]["Notice"][];
            model: components["schemas"]["ModelVersion"];
        };
        /**
         * PrequentialHits
         * @description How often the user's quadrants were foretold rightly, each before it was learnt.
         *
         *     `personal`: by what the user was told; `population`: by what a newcomer would have been told.
         *     Null where nothing was foretold yet.
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
         * @description The tracks to ask about, the most useful first.
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
         * @description The tracks that fit best, the best first; `next_cursor` is null on the last page.
         *
         *     `changed` says that the user's answers, others' answers, the catalogue or the shared models
         *     have changed since the page before: a track may then come twice, or not at all.
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
         * @description A track in its place; a higher score comes first.
         *
         *     For a quadrant `score` is `probability`: that the user puts the track there. For a point it is
         *     minus the distance at which the user's answer is to be expected from it (the root of the
         *     expected squared distance, in valence and arousal), and `probability` is null.
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
         * @description What a stretch of the recording feels like, by the same rules as the whole.
         */
        Segment: {
            /**
             * Start S
             * @description Seconds from the beginning of the recording.
             */
            start_s: number;
            /**
             * End S
             * @description Seconds from the beginning of the recording, after `start_s`.
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
         * @description How many of `n` were hits, with an interval of 95 %.
         *
         *     Of one listener it is Wilson's; over listeners, who differ, their answers are not taken for
         *     independent.
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
         * @description The same by the shared models that foretold; `role` is what they serve as now.
         *
         *     Under a calibration `snapshot` ends with `+` and its version: each counts by itself.
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
         * @description The same of tracks that were drawn evenly, by the strategy that asked about them.
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
         *     `audio_url` is what a browser can play: an address here that is good for some hours, if the
         *     audio is kept, else what was registered. `prediction` is null if the track was registered with
         *     other features than the model reads; registering it again mends that.
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
         * @description What the answers of one call changed for their user.
         *
         *     A fixed sample of the catalogue, at most 500 tracks and never those just answered, is predicted
         *     for this user without the call's answers and with them; other users' answers are the same both
         *     times. `n_moved` of the `n_tracks` have another likeliest quadrant now. `moves` counts them,
         *     the most frequent first; `tracks` are at most three of them.
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
         * @description What became of the labels.
         *
         *     `accepted` were new, `duplicates` had been recorded before; `n_labels` counts the tracks
         *     that have an answer now. `effect` is null unless the call asked for it, and where it recorded
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
         * @description What is recorded of a user; of `n_cant_tell` tracks they said that they cannot tell.
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
         * Why
         * @description Where `probabilities` come from: four parts that add up on the scale of log-odds.
         *
         *     `level` and `taste` are exactly 0 for nobody in particular and for a user without an answer.
         */
        Why: {
            /** @description What the shared models expect of a listener they do not know. */
            population: components["schemas"]["Part"];
            /** @description What other users' answers about this very track change of that; 0 where nobody answered, for uploads, and under the committee personaliser. */
            others: components["schemas"]["Part"];
            /** @description Which quadrants the user answers more or less often than others do. */
            level: components["schemas"]["Part"];
            /** @description What the user's answers say of music of this sound. Under the committee personaliser, all that the user's answers change. */
            taste: components["schemas"]["Part"];
            /**
             * Words
             * @description The parts in plain sentences for people, in English; a part that does next to nothing is not mentioned. The wording may change at any time.
             */
            words: string;
        };
        /**
         * EmbeddingsIn
         * @description Embeddings of a track's audio and lyrics, or of one of them.
         */
        EmbeddingsIn: {
            /**
             * Audio Embedding
             * @default null
             */
            audio_embedding?: number[] | null;
            /**
             * Lyrics Embedding
             * @default null
             */
            lyrics_embedding?: number[] | null;
        };
        /**
         * LabelIn
         * @description One answer: exactly one of a quadrant, a point, `cant_tell: true` and `retracted: true`.
         *
         *     `event_id` is needed unless the call has an `Idempotency-Key`; it then follows from the key
         *     and from the label's place in the call. How the answer came about may be told with it, and is
         *     kept; nothing is learnt from that.
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
            /**
             * Event Id
             * @default null
             */
            event_id?: string | null;
            /**
             * Track Id
             * @description Letters, digits and `._:@-`, the first a letter or digit.
             */
            track_id: string;
            /** @default null */
            quadrant?: components["schemas"]["Quadrant"] | null;
            /**
             * Valence
             * @default null
             */
            valence?: number | null;
            /**
             * Arousal
             * @default null
             */
            arousal?: number | null;
            /**
             * Cant Tell
             * @description The user cannot tell; the track is not asked again.
             * @default false
             */
            cant_tell?: boolean;
            /**
             * Retracted
             * @default false
             */
            retracted?: boolean;
            /**
             * Emotion
             * @description Which emotion was asked for: the music's, or one's own.
             * @default null
             */
            emotion?: ("perceived" | "felt") | null;
            /**
             * Liking
             * @description From 1, not at all, to 5, very much.
             * @default null
             */
            liking?: number | null;
            /**
             * Familiarity
             * @description From 1, never heard, to 5, well known.
             * @default null
             */
            familiarity?: number | null;
            /**
             * Strategy
             * @description Which one asked, as `/query` said.
             * @default null
             */
            strategy?: string | null;
            /**
             * Is Random
             * @description As `/query` said of the track.
             * @default false
             */
            is_random?: boolean;
            /**
             * Is Repeat
             * @description As `/query` said of the track.
             * @default false
             */
            is_repeat?: boolean;
        };
        /**
         * LabelLine
         * @description A line of a log as it is exported; more than one of them may say the same again.
         *
         *     `others` are the votes of other users on the track when the answer was given. They are learnt
         *     from with the answer, and left out where there were none.
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
             * @description Letters, digits and `._:@-`, the first a letter or digit.
             */
            event_id: string;
            /**
             * Track Id
             * @description Letters, digits and `._:@-`, the first a letter or digit.
             */
            track_id: string;
            /** @default null */
            quadrant?: components["schemas"]["Quadrant"] | null;
            /**
             * Valence
             * @default null
             */
            valence?: number | null;
            /**
             * Arousal
             * @default null
             */
            arousal?: number | null;
            /**
             * Cant Tell
             * @description The user cannot tell; the track is not asked again.
             * @default false
             */
            cant_tell?: boolean;
            /**
             * Retracted
             * @default false
             */
            retracted?: boolean;
            /**
             * Emotion
             * @description Which emotion was asked for: the music's, or one's own.
             * @default null
             */
            emotion?: ("perceived" | "felt") | null;
            /**
             * Liking
             * @description From 1, not at all, to 5, very much.
             * @default null
             */
            liking?: number | null;
            /**
             * Familiarity
             * @description From 1, never heard, to 5, well known.
             * @default null
             */
            familiarity?: number | null;
            /**
             * Strategy
             * @description Which one asked, as `/query` said.
             * @default null
             */
            strategy?: string | null;
            /**
             * Is Random
             * @description As `/query` said of the track.
             * @default false
             */
            is_random?: boolean;
            /**
             * Is Repeat
             * @description As `/query` said of the track.
             * @default false
             */
            is_repeat?: boolean;
            /**
             * Created At
             * Format: date-time
             * @description ISO 8601 with a time zone, from 1970 and not in the future (at most a day from now, as clocks differ); kept to the microsecond.
             */
            created_at: string;
            /** @default null */
            others?: components["schemas"]["VotesIn"] | null;
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
             * @description Votes of other users on the track when the answer was given, which is learnt from with them; left out where there were none. An answer is one vote, split among the quadrants near an axis.
             * @default null
             */
            others?: Record<components["schemas"]["Quadrant"], number> | null;
        };
        /**
         * PredictBatchIn
         * @description Many tracks: ids of registered ones, lyrics, or embeddings.
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
            /**
             * Track Ids
             * @default null
             */
            track_ids?: string[] | null;
            /**
             * Lyrics
             * @default null
             */
            lyrics?: string[] | null;
            /**
             * Embeddings
             * @default null
             */
            embeddings?: components["schemas"]["EmbeddingsIn"][] | null;
            /**
             * User Id
             * @default null
             */
            user_id?: string | null;
            /**
             * Fusion
             * @default null
             */
            fusion?: string | null;
        };
        /**
         * PredictIn
         * @description A track: audio and lyrics, or one of them, each itself or embedded; or a registered one.
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
            /**
             * Lyrics
             * @default null
             */
            lyrics?: string | null;
            /**
             * Audio Embedding
             * @default null
             */
            audio_embedding?: number[] | null;
            /**
             * Lyrics Embedding
             * @default null
             */
            lyrics_embedding?: number[] | null;
            /**
             * Track Id
             * @default null
             */
            track_id?: string | null;
            /**
             * User Id
             * @default null
             */
            user_id?: string | null;
            /**
             * Fusion
             * @default null
             */
            fusion?: string | null;
        };
        /**
         * QueryIn
         * @description Whom to ask, about how many tracks, and how these are chosen.
         * @example {
         *       "user_id": "ana",
         *       "n": 5
         *     }
         */
        QueryIn: {
            /**
             * User Id
             * @description Letters, digits and `._:@-`, the first a letter or digit.
             */
            user_id: string;
            /**
             * N
             * @default 10
             */
            n?: number;
            /**
             * Strategy
             * @default null
             */
            strategy?: string | null;
            /** Exclude */
            exclude?: string[];
            /**
             * Repeat Share
             * @description Each place goes with this probability to a track that the user answered 5 answers ago or earlier and that was not repeated since, if there is one: so that it becomes known how far the user agrees with themselves.
             * @default 0
             */
            repeat_share?: number;
            /**
             * Playable
             * @description Only tracks that can be heard: whose audio is kept, or that have an `audio_url`. It costs more the fewer of the tracks can be.
             * @default false
             */
            playable?: boolean;
        };
        /**
         * RankIn
         * @description For whom to rank the catalogue, and by what: exactly one of a quadrant and a point.
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
             * @description Letters, digits and `._:@-`, the first a letter or digit.
             */
            user_id: string;
            /** @default null */
            quadrant?: components["schemas"]["Quadrant"] | null;
            /**
             * Valence
             * @default null
             */
            valence?: number | null;
            /**
             * Arousal
             * @default null
             */
            arousal?: number | null;
            /**
             * Limit
             * @description At most this many.
             * @default 50
             */
            limit?: number;
            /**
             * Cursor
             * @description `next_cursor` of the page before.
             * @default null
             */
            cursor?: string | null;
            /**
             * Exclude Answered
             * @description Leave out tracks that the user has answered.
             * @default true
             */
            exclude_answered?: boolean;
        };
        /**
         * TrackIn
         * @description What a track is made of and called.
         * @example {
         *       "lyrics": "Steel on steel and drums of war, we ride until the morning comes",
         *       "title": "Battle Theme",
         *       "artist": "Attune"
         *     }
         */
        TrackIn: {
            /**
             * Lyrics
             * @default null
             */
            lyrics?: string | null;
            /**
             * Audio Embedding
             * @default null
             */
            audio_embedding?: number[] | null;
            /**
             * Lyrics Embedding
             * @default null
             */
            lyrics_embedding?: number[] | null;
            /**
             * Title
             * @default null
             */
            title?: string | null;
            /**
             * Artist
             * @default null
             */
            artist?: string | null;
            /**
             * Audio Url
             * @default null
             */
            audio_url?: string | null;
        };
        /**
         * UpdateIn
         * @description A user's answers, recorded all or none.
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
             * @description Letters, digits and `._:@-`, the first a letter or digit.
             */
            user_id: string;
            /** Labels */
            labels: components["schemas"]["LabelIn"][];
            /**
             * Effect
             * @description Tell what the answers changed: the likeliest quadrants of up to 500 tracks are computed before and after. It makes the call slower.
             * @default false
             */
            effect?: boolean;
        };
        /**
         * VotesIn
         * @description Sums of votes for each quadrant; an answer is one vote, split among them near an axis.
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
         * @description A track: audio and lyrics, or one of them, each itself or embedded; or a registered one.
         * @example {
         *       "lyrics": "Steel on steel and drums of war, we ride until the morning comes",
         *       "user_id": "ana"
         *     }
         */
        PredictForm: {
            /** @description wav, flac, ogg (Vorbis, Opus), mp3, m4a or aac. */
            audio?: Blob;
            /**
             * Lyrics
             * @description In English. Other languages and texts without words are not used, which `notices` says.
             * @example Steel on steel and drums of war, we ride until the morning comes
             */
            lyrics?: string;
            /**
             * Track Id
             * @description Letters, digits and `._:@-`, the first a letter or digit.
             */
            track_id?: string;
            /**
             * User Id
             * @description Letters, digits and `._:@-`, the first a letter or digit.
             * @example ana
             */
            user_id?: string;
            /** Fusion */
            fusion?: string;
        };
        /**
         * TrackForm
         * @description What a track is made of and called.
         * @example {
         *       "lyrics": "Steel on steel and drums of war, we ride until the morning comes",
         *       "title": "Battle Theme",
         *       "artist": "Attune"
         *     }
         */
        TrackForm: {
            /** @description wav, flac, ogg (Vorbis, Opus), mp3, m4a or aac. */
            audio?: Blob;
            /**
             * Lyrics
             * @description In English. Other languages and texts without words are not used, which `notices` says.
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
             * @description Where a browser finds the recording, as http or https; the service never fetches it.
             */
            audio_url?: string;
        };
        /**
         * Problem
         * @description An error (RFC 9457). Branch on `code`; `detail` is for people.
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
            /** @description Of `not_ready`: what is there. */
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
            header?: never;
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description Names the call: sent again with the same key and body, it gets the reply that it got and records nothing; with another body it is refused. Labels may then come without `event_id`. Unique for the user; printable ASCII without spaces. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            header?: never;
            path: {
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description At most this many. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
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
                    "application/json": components["schemas"]["TrackPage"];
                };
            };
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One JSON object a line, in the order in which they were given. */
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
                };
            };
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            query?: never;
            header?: never;
            path: {
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                /** @description In the place of a key, for a browser's player, which sends none: `audio_url` of a track holds one that is good for some hours. */
                ticket?: string | null;
            };
            header?: never;
            path: {
                /** @description Letters, digits and `._:@-`, the first a letter or digit. */
                track_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recording as it was sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                };
            };
            /** @description The part of it that the header Range names. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                };
            };
            /** @description The header If-None-Match names what is there. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
                    "text/plain; version=0.0.4; charset=utf-8": unknown;
                };
            };
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
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
            /** @description The request was refused. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service is at fault, or busy. */
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
                     *       "detail": "There are 64 requests in progress here, and no more are taken on; wait 1 s.",
                     *       "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
