/** The contract's types under the names that callers use. */
import type { components } from "./contract.js";

type Schemas = components["schemas"];

export type Quadrant = Schemas["Quadrant"];
export type Modality = Schemas["Modality"];
/** A coordinate in [-1, 1], and how unsure it is (standard deviation). */
export type Coordinate = Schemas["Coordinate"];
export type Segment = Schemas["Segment"];
export type Prediction = Schemas["Prediction"];
/** Where a prediction comes from: parts in log-odds, and words. */
export type Why = Schemas["Why"];
export type Batch = Schemas["Batch"];
export type BatchItem = Schemas["BatchItem"];
export type AskedTrack = Schemas["AskedTrack"];
export type QueryReply = Schemas["QueryOut"];
export type RankedTrack = Schemas["RankedTrack"];
export type RankReply = Schemas["RankOut"];
export type Label = Schemas["LabelIn"];
export type LoggedLabel = Schemas["LoggedLabel"];
export type UpdateReply = Schemas["UpdateOut"];
/** What the answers of one call changed for their listener. */
export type UpdateEffect = Schemas["UpdateEffect"];
export type Track = Schemas["Track"];
export type TrackPage = Schemas["TrackPage"];
export type User = Schemas["User"];
/** What a listener has answered, and where the model stands for them. */
export type Picture = Schemas["Picture"];
/** How the service fares: labels per day, accuracy as measured, latency. */
export type Overview = Schemas["Overview"];
export type Personal = Schemas["Personal"];
export type Model = Schemas["ModelInfo"];
export type Reload = Schemas["ModelReload"];
/** What one's own encoders make of one piece of music, in a batch. */
export type Embeddings = Schemas["EmbeddingsIn"];

/** A recording, lyrics, both, embeddings in their place, or a registered track; and for whom. */
export type PredictRequest = Schemas["PredictIn"] & { audio?: Blob | undefined };
export type BatchRequest = Schemas["PredictBatchIn"];
export type QueryRequest = Schemas["QueryIn"];
export type RankRequest = Schemas["RankIn"];
export type UpdateRequest = Schemas["UpdateIn"];
/** What is registered: a recording, lyrics, both, or embeddings; and how it is called. */
export type TrackRequest = Schemas["TrackIn"] & { audio?: Blob | undefined };
