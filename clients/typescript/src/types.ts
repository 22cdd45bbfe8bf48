/** The types of the contract under short names. */
import type { components } from "./contract.js";
import type { Audio } from "./recording.js";

type Schemas = components["schemas"];

export type Quadrant = Schemas["Quadrant"];
export type Modality = Schemas["Modality"];
/** A coordinate in [-1, 1] and its standard deviation. */
export type Coordinate = Schemas["Coordinate"];
export type Segment = Schemas["Segment"];
export type Prediction = Schemas["Prediction"];
/** The parts of a prediction in log-odds, and in words. */
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
export type ImportReply = Schemas["ImportOut"];
/** The changes that the labels of one call made for their user. */
export type UpdateEffect = Schemas["UpdateEffect"];
export type Track = Schemas["Track"];
export type TrackPage = Schemas["TrackPage"];
/** A user in the list of users. */
export type UserItem = Schemas["UserItem"];
export type UserPage = Schemas["UserPage"];
export type User = Schemas["User"];
/** A user's labels, and how their model differs from the population model. */
export type Picture = Schemas["Picture"];
/** Statistics of the service: labels per day, measured accuracy, latency. */
export type Overview = Schemas["Overview"];
export type Personal = Schemas["Personal"];
export type Model = Schemas["ModelInfo"];
export type Reload = Schemas["ModelReload"];
/** The caller's own embeddings of one track of a batch. */
export type Embeddings = Schemas["EmbeddingsIn"];

/** A request whose recording is a file, and whose lyrics are a text or a file in any encoding. */
type WithFiles<Fields> = Omit<Fields, "lyrics"> & {
  audio?: Audio | undefined;
  lyrics?: string | Audio | null | undefined;
};
/** A recording, lyrics, both, their embeddings, or a registered track; and a user. */
export type PredictRequest = WithFiles<Schemas["PredictIn"]>;
export type BatchRequest = Schemas["PredictBatchIn"];
export type QueryRequest = Schemas["QueryIn"];
export type RankRequest = Schemas["RankIn"];
export type UpdateRequest = Schemas["UpdateIn"];
/** A recording, lyrics, both, or embeddings; and title and artist, also alone. */
export type TrackRequest = WithFiles<Schemas["TrackIn"]>;
